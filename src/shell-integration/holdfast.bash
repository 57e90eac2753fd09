# Read by bash instead of its own start-up files (bash --posix, ENV=this file). It reads those first, as bash would, and then lets
# the prompt mark in the output where commands begin and end: OSC 133 and 633, invisible, with a word that only this shell knows.
# Nothing is forked for it but one $(history 1) after each command, and a DEBUG trap is left to whoever has one.

__hf_nonce=${HOLDFAST_MARKS-}
unset HOLDFAST_MARKS ENV
set +o posix
shopt -u inherit_errexit 2>/dev/null
# Posix mode had chosen another file.
if [[ ${HISTFILE-} == "${HOME-}/.sh_history" ]]; then HISTFILE=$HOME/.bash_history; fi

# Defined before any alias of the user is.

# Into __hf_escaped: what may stand in a mark. At most 1000 characters, so that a mark stays below what readers take.
__hf_escape() {
  local backslash='\'
  __hf_escaped=${1:0:1000}
  __hf_escaped=${__hf_escaped//"$backslash"/"$backslash$backslash"}
  __hf_escaped=${__hf_escaped//;/"${backslash}x3b"}
  __hf_escaped=${__hf_escaped//$'\n'/"${backslash}x0a"}
  __hf_escaped=${__hf_escaped//[[:cntrl:]]/ }
}

# Into __hf_head: the branch that is checked out here, without asking git.
__hf_branch() {
  local directory=$PWD git
  __hf_head=
  while [[ -n $directory ]]; do
    git=$directory/.git
    if [[ -f $git && -r $git ]]; then
      IFS= read -r git <"$git" || return 0
      git=${git#gitdir: }
      [[ $git == /* ]] || git=$directory/$git
    fi
    if [[ -f $git/HEAD && -r $git/HEAD ]]; then
      IFS= read -r __hf_head <"$git/HEAD" || return 0
      case $__hf_head in
        'ref: refs/heads/'*) __hf_head=${__hf_head#ref: refs/heads/} ;;
        *) __hf_head=${__hf_head:0:12} ;;
      esac
      return 0
    fi
    directory=${directory%/*}
  done
}

# Into line: the newest entry of the history.
__hf_last() {
  line=$(HISTTIMEFORMAT='' builtin history 1 2>/dev/null)
  line=${line#*[0-9][* ] }
}

# First of the prompt commands: what ran, and how it ended.
__hf_precmd() {
  local status=$?
  { local -; set +xveu; } 2>/dev/null
  if [[ $__hf_ran == 1 ]]; then
    __hf_ran=0
    local number='\!' line
    number=${number@P}
    # Not in the history, as with a space in front (HISTCONTROL): nobody else learns of it either. The number of a first entry is
    # that of none, and one that erased its like has the number of the one before.
    if [[ $number != "$__hf_number" || $number == 1 || ${HISTCONTROL-} == *erasedups* ]]; then
      __hf_last
      if [[ -n $line && $line != [[:space:]]* && ( $number != "$__hf_number" || $line != "$__hf_line" ) ]]; then
        __hf_line=$line
        __hf_escape "$line"
        builtin printf '\e]633;E;%s;%s\a' "$__hf_escaped" "$__hf_nonce"
      fi
    fi
    builtin printf '\e]133;D;%s;aid=%s\a' "$status" "$__hf_nonce"
  fi
  __hf_escape "$PWD"
  builtin printf '\e]633;P;Cwd=%s;%s\a' "$__hf_escaped" "$__hf_nonce"
  __hf_branch
  __hf_escape "$__hf_head"
  builtin printf '\e]633;P;Branch=%s;%s\a\e]633;P;Shell=bash %s;%s\a' \
    "$__hf_escaped" "$__hf_nonce" "${BASH_VERSION%%(*}" "$__hf_nonce"
  return "$status"
}

# Last of them: others may have set the prompt anew.
__hf_prompt() {
  { local -; set +xveu; } 2>/dev/null
  local number='\!' line
  if [[ -z $__hf_number ]]; then
    __hf_last
    __hf_line=$line
  fi
  if [[ ${PS1-} != *"$__hf_open"* ]]; then PS1=$__hf_open${PS1-}$__hf_close; fi
  if ! builtin shopt -q promptvars; then
    PS0=${PS0-}
    PS0=${PS0//"$__hf_ps0"/}
  elif [[ ${PS0-} != *"$__hf_ps0"* ]]; then
    PS0=${PS0-}$__hf_ps0
  fi
  __hf_number=${number@P}
}

# As run_startup_files() of bash does it; not in a function, where what they declare would be local.
if builtin shopt -q login_shell; then
  if [[ -f /etc/profile && -r /etc/profile ]]; then builtin source /etc/profile; fi
  for __hf_file in ~/.bash_profile ~/.bash_login ~/.profile; do
    if [[ -f $__hf_file && -r $__hf_file ]]; then
      builtin source "$__hf_file"
      break
    fi
  done
else
  for __hf_file in /etc/bash.bashrc /etc/bashrc; do
    if [[ -f $__hf_file && -r $__hf_file ]]; then
      builtin source "$__hf_file"
      break
    fi
  done
  if [[ -f ~/.bashrc && -r ~/.bashrc ]]; then builtin source ~/.bashrc; fi
fi
unset __hf_file

# PS0 and "local -" came with 4.4.
if [[ -n $__hf_nonce ]] && (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404 )); then
  __hf_ran=0 __hf_number= __hf_line= __hf_none=-
  __hf_open='\[\e]133;A\a\]'
  __hf_close='\[\e]133;B\a\]'
  # Printed when a command begins. The arithmetic is there for its effect: it expands to nothing, without a fork.
  __hf_ps0='${__hf_none:$((__hf_ran=1)):0}\e]133;C;aid='$__hf_nonce'\a'
  if (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501 )); then
    PROMPT_COMMAND=(__hf_precmd "${PROMPT_COMMAND[@]}" __hf_prompt)
  else
    PROMPT_COMMAND=__hf_precmd$'\n'${PROMPT_COMMAND-}$'\n'__hf_prompt
  fi
fi
