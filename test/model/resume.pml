/*
 * The resume protocol as a model, for `npm run model` (scripts/model.mjs says which configurations are verified).
 *
 * One writer at one terminal: output and input, gateways that are cut off anywhere, make before break with up to NC connections,
 * and a broker that is killed at every point. Symbols are known by their absolute offset. What is checked:
 *   - output arrives in order, without gaps and without doubles (asserts in CLIENT_RECEIVES);
 *   - input is written to the PTY once and in order (assert before write(2)), and lost only where it is named as ambiguous;
 *   - nothing hangs (invalid end states), and under weak fairness every run comes to an end (ltl live).
 *
 * Names are those of packages/protocol/src/resume: OutputSender (next), OutputReceiver (next), InputWriter (start, sent, typed),
 * InputAcceptor (received = written, as one write follows at once; intent, commit).
 *
 * BUG plants a mistake that must be found: 1 no dedupe of input, 2 delivery over a gap, 3 input is forgotten when it is sent,
 * 4 commit and acknowledgement before the write.
 */
#ifndef N
#define N 2        /* symbols of output */
#endif
#ifndef M
#define M 2        /* symbols of input */
#endif
#ifndef NC
#define NC 3       /* connections in a run: cuts + 1 */
#endif
#ifndef CRASH
#define CRASH 1    /* SIGKILLs of the broker */
#endif
#ifndef DROP
#define DROP 0     /* input frames that vanish from a living connection: no TCP does that, it makes gaps reachable */
#endif
#ifndef BUG
#define BUG 0
#endif
#define CAP 2      /* frames in each direction of a connection */
#define NOBODY 255

mtype = { OPEN, OPENED, DATA, INPUT, ACK, INPUT_GAP };
chan up[NC]   = [CAP] of { mtype, byte, byte };
chan down[NC] = [CAP] of { mtype, byte, byte };
bool connected[NC];
byte dialled = 0;              /* connections so far; the newest is dialled - 1 */
byte dropped = 0;

/* The broker. On disk: */
byte journal = 0;              /* end of the transcript */
byte intent = 0, commit = 0;   /* the writer's InputRecord */
/* In memory: */
byte received = 0;             /* InputAcceptor: the next input offset */
bool attached[NC];
byte next[NC];                 /* OutputSender of each attachment */
byte crashes = 0;
bool ambiguous = false;

/* What really happened at the PTY; no process decides by it. */
byte ptyInput = 0;
bool lostInput = false;

/* The client. */
byte wanted = 0;               /* OutputReceiver: the next output byte */
byte start = 0;                /* InputWriter: everything before is acknowledged and forgotten */
byte sent = 0, typed = 0;
byte opened = NOBODY;          /* the newest connection that was opened; input goes there */
bool done = false;

inline empty_wire(c) {
  do :: nempty(up[c]) -> up[c]?_,_,_ :: empty(up[c]) -> break od;
  do :: nempty(down[c]) -> down[c]?_,_,_ :: empty(down[c]) -> break od
}

/* SIGKILL: connections and memory are gone; what the record cannot tell counts as written and is named. */
inline kill_broker() {
  k = 0;
  do
  :: k < NC -> connected[k] = false; attached[k] = false; empty_wire(k); k++
  :: k >= NC -> break
  od;
  k = 0;
  crashes++;
  if
  :: intent != commit ->
     ambiguous = true;
     if :: ptyInput < intent -> lostInput = true; ptyInput = intent :: else fi;
     commit = intent
  :: else
  fi;
  received = intent
}

/* OutputSender.take: one symbol, or everything there is. */
#define HOST_SENDS(c) \
  :: atomic { (connected[c] && attached[c] && next[c] < journal && nfull(down[c])) -> \
     if \
     :: down[c]!DATA(next[c], 1); next[c]++ \
     :: (journal - next[c] > 1) -> down[c]!DATA(next[c], journal - next[c]); next[c] = journal \
     fi }

/* InputAcceptor.accept and write, with a SIGKILL possible before write(2) and between write(2) and the commit. */
#define HOST_RECEIVES(c) \
  :: atomic { (connected[c] && nempty(up[c]) && nfull(down[c])) -> up[c]?kind,a,b; \
     if \
     :: kind == OPEN -> attached[c] = true; next[c] = a; down[c]!OPENED(commit, 0) /* resumeAt */ \
     :: kind == INPUT -> \
        if \
        :: a > received && BUG != 2 -> down[c]!INPUT_GAP(received, 0) \
        :: a + b <= received && BUG != 1 -> down[c]!ACK(commit, 0) \
        :: (a <= received && a + b > received) || (BUG == 1 && a + b <= received) || (BUG == 2 && a > received) -> \
           if \
           :: BUG == 4 -> commit = a + b; intent = a + b; down[c]!ACK(commit, 0) \
           :: else -> intent = a + b \
           fi; \
           if :: (crashes < CRASH && dialled < NC) -> kill_broker(); goto end_host :: goto write##c fi; \
write##c:  if \
           :: BUG == 1 -> assert(a == ptyInput) \
           :: BUG == 2 -> assert(a <= ptyInput) \
           :: else -> assert(received == ptyInput) \
           fi; \
           ptyInput = a + b; \
           if :: (crashes < CRASH && dialled < NC) -> kill_broker(); goto end_host :: goto commit##c fi; \
commit##c: commit = a + b; received = a + b; \
           if :: BUG != 4 -> down[c]!ACK(commit, 0) :: else fi \
        fi \
     fi }

#define CLIENT_RECEIVES(c) \
  :: atomic { (connected[c] && nempty(down[c])) -> down[c]?kind,a,b; \
     if \
     :: kind == OPENED -> \
        if \
        :: c == dialled - 1 -> \
           opened = c; \
           if :: a > start -> start = a :: else fi; \
           sent = start \
        :: else \
        fi \
     :: kind == DATA -> \
        if \
        :: a > wanted -> if :: BUG == 2 -> wanted = a + b :: else -> assert(false) fi /* no gap within a connection */ \
        :: a + b <= wanted -> skip /* a duplicate */ \
        :: else -> wanted = a + b \
        fi \
     :: kind == ACK -> \
        if :: a > start -> start = a :: else fi; \
        if :: start > sent -> sent = start :: else fi \
     :: kind == INPUT_GAP -> if :: c == opened -> sent = (a > start -> a : start) :: else fi \
     fi }

/* A cut anywhere, but for the last connection, so that the run can end; and the client that leaves the older of two. */
#define CUT(c) \
  :: atomic { (connected[c] && dialled < NC) -> connected[c] = false; attached[c] = false; empty_wire(c) } \
  :: atomic { (connected[c] && c < dialled - 1 && opened == dialled - 1) -> \
     connected[c] = false; attached[c] = false; empty_wire(c) }

#define DROP_INPUT(c) \
  :: atomic { (dropped < DROP && connected[c] && up[c]?[INPUT,_,_]) -> up[c]?INPUT,_,_; dropped++ }

active proctype Broker() {
  byte a, b, k;
  mtype kind;
end_host:
  do
  :: atomic { journal < N -> journal++ }                        /* the process writes; journal before send */
  :: atomic { (crashes < CRASH && dialled < NC) -> kill_broker() }  /* SIGKILL while idle */
  HOST_SENDS(0) HOST_SENDS(1) HOST_SENDS(2)
  HOST_RECEIVES(0) HOST_RECEIVES(1) HOST_RECEIVES(2)
  od
}

active proctype Client() {
  byte a, b;
  mtype kind;
  do
  :: atomic { typed < M -> typed++ }
  :: atomic { (dialled < NC && (dialled == 0 || !connected[dialled - 1])) ->             /* reconnect */
     connected[dialled] = true; up[dialled]!OPEN(wanted, 0); dialled++; opened = NOBODY }
  :: atomic { (dialled > 0 && dialled < NC && connected[dialled - 1] && opened == dialled - 1) ->  /* make before break */
     connected[dialled] = true; up[dialled]!OPEN(wanted, 0); dialled++ }
  :: atomic { (opened != NOBODY && connected[opened] && sent < typed && nfull(up[opened])) ->      /* InputWriter.take */
     if
     :: up[opened]!INPUT(sent, 1); sent++
     :: (typed - sent > 1) -> up[opened]!INPUT(sent, typed - sent); sent = typed
     fi;
     if :: BUG == 3 -> start = sent :: else fi }
  :: atomic { (DROP > 0 && opened != NOBODY && connected[opened] && start < sent && empty(up[opened]) && empty(down[opened])) ->
     sent = start }                                                                      /* nothing came back */
  CLIENT_RECEIVES(0) CLIENT_RECEIVES(1) CLIENT_RECEIVES(2)
  :: atomic { (wanted == N && start == M && typed == M) -> assert(ptyInput == M || lostInput); done = true; break }
  od
}

active proctype Network() {
end_network:
  do
  DROP_INPUT(0) DROP_INPUT(1) DROP_INPUT(2)
  CUT(0) CUT(1) CUT(2)
  od
}

ltl live { <> done }
