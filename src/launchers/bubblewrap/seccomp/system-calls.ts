/** Number of a system call: [x86_64, arm64], from the headers of Linux. */
type Numbers = readonly [x64: number, arm64: number];

/** What no program in a terminal needs, and past exploits did. Each is refused with EPERM. */
export const REFUSED: Readonly<Record<string, Numbers>> = {
  // Kernel code and its tracing.
  bpf: [321, 280],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  perf_event_open: [298, 241],
  lookup_dcookie: [212, 18],
  userfaultfd: [323, 282],
  // Keys of the kernel, which namespaces do not separate.
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // Mounts, namespaces, roots.
  mount: [165, 40],
  umount2: [166, 39],
  move_mount: [429, 429],
  open_tree: [428, 428],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  pivot_root: [155, 41],
  chroot: [161, 51],
  setns: [308, 268],
  unshare: [272, 97],
  // Files past the mounts.
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  // The machine as a whole.
  acct: [163, 89],
  reboot: [169, 142],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  swapon: [167, 224],
  swapoff: [168, 225],
  syslog: [103, 116],
  // Memory placement, and pages shared with pipes.
  mbind: [237, 235],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  set_mempolicy: [238, 237],
  vmsplice: [278, 75],
  // A second way to call everything above.
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
};

/** What is decided by its arguments. */
export const EXAMINED = {
  clone3: [435, 435],
  clone: [56, 220],
  ioctl: [16, 29],
  socket: [41, 198],
  memfd_create: [319, 279],
} as const satisfies Readonly<Record<string, Numbers>>;
