#include "lambda/function/worker_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/limits.h"

namespace millrace::lambda {
namespace {

// Enough for handlers that start helpers, far below what exhausts a machine. Counts all processes
// and threads of the user, so it cannot be as low as AWS's 1024.
constexpr rlim_t kProcessesMax = 8192;

// What the child needs between vfork and exec, prepared before: it shares our memory then and may
// only make system calls.
struct ChildPlan {
  const char* path;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int null_input;
  int output;
  int errors;
  pid_t parent;
  bool drop_capabilities;
  rlimit open_files;
  rlimit processes;
  rlimit file_size;
  int error;  // errno of what failed
};

rlimit lowered(int resource, rlim_t to) {
  rlimit limit{to, to};
  rlimit current{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &current) == 0) {
    limit.rlim_max = std::min(current.rlim_max, to);
    limit.rlim_cur = std::min(current.rlim_cur, limit.rlim_max);
  }
  return limit;
}

// A server that runs as root starts functions as a root without root's powers, except that of
// reading code which belongs to someone else.
void drop_privileges(const ChildPlan& plan) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!plan.drop_capabilities) return;
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (capability != CAP_DAC_OVERRIDE) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

[[noreturn]] void run_child(ChildPlan& plan) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != plan.parent) _exit(127);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  setrlimit(RLIMIT_NOFILE, &plan.open_files);
  setrlimit(RLIMIT_NPROC, &plan.processes);
  setrlimit(RLIMIT_FSIZE, &plan.file_size);
  umask(022);
  drop_privileges(plan);
  if (chdir(plan.directory) < 0 || dup2(plan.null_input, 0) < 0 || dup2(plan.output, 1) < 0 ||
      dup2(plan.errors, 2) < 0) {
    plan.error = errno;
    _exit(127);
  }
  syscall(SYS_close_range, 3U, ~0U, 0U);
  execve(plan.path, plan.arguments, plan.environment);
  plan.error = errno;
  _exit(127);
}

// In a function of its own, so that no variable of the caller is changed by the child.
[[gnu::noinline]] pid_t fork_child(ChildPlan& plan) {
  pid_t child = vfork();
  if (child == 0) run_child(plan);
  return child;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

bool make_pipe(Descriptor& read_end, Descriptor& write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  read_end = Descriptor(ends[0]);
  write_end = Descriptor(ends[1]);
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = other.release();
  }
  return *this;
}

int Descriptor::release() {
  int number = number_;
  number_ = -1;
  return number;
}

void Descriptor::reset() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

Result<Process, std::string> start_process(const ProcessSpecification& specification) {
  auto failed = [](int error) { return Unexpected(std::string(strerror(error))); };
  Process process;
  Descriptor output, errors;
  Descriptor null_input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null_input || !make_pipe(process.output, output) || !make_pipe(process.errors, errors)) {
    return failed(errno);
  }
  std::vector<char*> arguments = pointers(specification.arguments);
  std::vector<char*> environment = pointers(specification.environment);
  ChildPlan plan{specification.arguments[0].c_str(),
                 arguments.data(),
                 environment.data(),
                 specification.directory.c_str(),
                 null_input.get(),
                 output.get(),
                 errors.get(),
                 getpid(),
                 geteuid() == 0,
                 lowered(RLIMIT_NOFILE, limits::kWorkerOpenFilesMax),
                 lowered(RLIMIT_NPROC, kProcessesMax),
                 lowered(RLIMIT_FSIZE, specification.file_bytes_max),
                 0};
  // No signal may be handled in the child while it shares our memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork_child(plan);
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return failed(fork_error);
  if (plan.error != 0) {
    waitpid(child, nullptr, 0);
    return failed(plan.error);
  }
  process.id = child;
  process.handle = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (!process.handle) {
    int error = errno;
    signal_process_group(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return failed(error);
  }
  return process;
}

void signal_process_group(pid_t process, int signal) {
  if (process > 0) kill(-process, signal);
}

std::optional<std::string> reap_process(pid_t process) {
  int status = 0;
  pid_t ended = waitpid(process, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  if (ended < 0) return std::string();
  if (WIFSIGNALED(status)) {
    std::string name = strsignal(WTERMSIG(status));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return tolower(c); });
    return "signal: " + name;
  }
  int code = WEXITSTATUS(status);
  return code == 0 ? std::string() : "exit status " + std::to_string(code);
}

uint64_t own_memory_bytes(pid_t process) {
  std::string path = "/proc/" + std::to_string(process) + "/statm";
  FILE* file = fopen(path.c_str(), "re");
  if (file == nullptr) return 0;
  unsigned long long total = 0, resident = 0, shared = 0;
  int fields = fscanf(file, "%llu %llu %llu", &total, &resident, &shared);
  fclose(file);
  if (fields != 3 || resident < shared) return 0;
  return (resident - shared) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace millrace::lambda
