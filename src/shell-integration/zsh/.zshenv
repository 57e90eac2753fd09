# Found by zsh as ZDOTDIR/.zshenv. It gives ZDOTDIR back first, so that zsh itself reads every start-up file of the user, and then
# lets the prompt mark in the output where commands begin and end; see holdfast.bash.

unset ZDOTDIR
typeset -g __hf_nonce=${HOLDFAST_MARKS-}
unset HOLDFAST_MARKS
if [[ -f ~/.zshenv && -r ~/.zshenv ]]; then source ~/.zshenv; fi

if [[ -o interactive && -n $__hf_nonce ]]; then
  typeset -g __hf_ran=0 __hf_escaped= __hf_head=
  typeset -g __hf_open=$'%{\e]133;A\a%}' __hf_close=$'%{\e]133;B\a%}'

  __hf_escape() {
    emulate -L zsh
    __hf_escaped=${1[1,1000]}
    __hf_escaped=${__hf_escaped//\\/\\\\}
    __hf_escaped=${__hf_escaped//;/\\x3b}
    __hf_escaped=${__hf_escaped//$'\n'/\\x0a}
    __hf_escaped=${__hf_escaped//[[:cntrl:]]/ }
  }

  __hf_branch() {
    emulate -L zsh
    local directory=$PWD git
    __hf_head=
    while [[ -n $directory ]]; do
      git=$directory/.git
      if [[ -f $git && -r $git ]]; then
        IFS= read -r git <$git || return 0
        git=${git#gitdir: }
        [[ $git == /* ]] || git=$directory/$git
      fi
      if [[ -f $git/HEAD && -r $git/HEAD ]]; then
        IFS= read -r __hf_head <$git/HEAD || return 0
        if [[ $__hf_head == 'ref: refs/heads/'* ]]; then __hf_head=${__hf_head#ref: refs/heads/}
        else __hf_head=${__hf_head[1,12]}
        fi
        return 0
      fi
      directory=${directory%/*}
    done
  }

  __hf_preexec() {
    emulate -L zsh
    __hf_ran=1
    # A space in front keeps it from everybody, whatever HIST_IGNORE_SPACE says.
    if [[ -n $1 && $1 != [[:space:]]* ]]; then
      __hf_escape "$1"
      builtin print -rn -- $'\e]633;E;'"$__hf_escaped;$__hf_nonce"$'\a'
    fi
    builtin print -rn -- $'\e]133;C;aid='"$__hf_nonce"$'\a'
  }

  __hf_precmd() {
    local code=$?
    emulate -L zsh
    if [[ $__hf_ran == 1 ]]; then
      __hf_ran=0
      builtin print -rn -- $'\e]133;D;'"$code;aid=$__hf_nonce"$'\a'
    fi
    __hf_escape "$PWD"
    builtin print -rn -- $'\e]633;P;Cwd='"$__hf_escaped;$__hf_nonce"$'\a'
    __hf_branch
    __hf_escape "$__hf_head"
    builtin print -rn -- $'\e]633;P;Branch='"$__hf_escaped;$__hf_nonce"$'\a\e]633;P;Shell=zsh '"$ZSH_VERSION;$__hf_nonce"$'\a'
    # Behind whatever the user's files add to the hooks: they run once these have been read.
    if [[ ${precmd_functions[-1]} != __hf_prompt ]]; then
      precmd_functions=(${precmd_functions:#__hf_prompt} __hf_prompt)
    fi
  }

  __hf_prompt() {
    if [[ $PS1 != *"$__hf_open"* ]]; then PS1=$__hf_open$PS1$__hf_close; fi
  }

  precmd_functions=(__hf_precmd $precmd_functions __hf_prompt)
  preexec_functions=($preexec_functions __hf_preexec)
fi
