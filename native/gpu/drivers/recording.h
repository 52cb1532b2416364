// A device for tests of the host code: its memory is the host's, its kernels do nothing. It records every call, says which
// broke a rule, and fails when told to.
#ifndef LLMSERVING_GPU_DRIVERS_RECORDING_H
#define LLMSERVING_GPU_DRIVERS_RECORDING_H

#include <mutex>
#include <set>

#include "drivers/driver.h"

namespace llmserving {

enum class Call {
  Allocate, // also pinned memory
  Free,
  Upload,
  Download,
  Copy,
  Fill,
  Record,
  Synchronize,
  Launch,
  LaunchGraph,
  BeginCapture,
  EndCapture
};

// What a failing call does. A lost device fails every later call as well.
enum class Fault { OutOfMemory, Failed, DeviceLost };

struct RecordedCall {
  Call call;
  std::string name; // of a kernel
  size_t bytes;
};

class Recorder {
public:
  void reset();
  void forbid(Call call, bool forbidden); // from now on such a call is a violation
  // The call of a kind after `before` others of it fails.
  void fail(Call call, int before, Fault fault);

  std::vector<RecordedCall> calls;
  std::vector<std::string> violations;
  std::set<const void *> memory, objects; // live allocations; live streams, events and graphs

  void note(Call call, const char *name, size_t bytes); // throws where it is to fail
  int count(Call call) const;
  bool capturing = false;

private:
  std::set<Call> forbidden_;
  int before_ = -1;
  Call failing_ = Call::Launch;
  Fault fault_ = Fault::Failed;
  bool lost_ = false;
};

Recorder &recorder();

} // namespace llmserving

#endif
