// Says what devices there are, as one line of JSON; exit status 1 where none can be used.
#include "check/json.h"
#include "drivers/driver.h"

#include <cstdio>

int main() {
  using llmserving::json_text;
  llmserving::DeviceList list = llmserving::probe_devices();
  std::string line = "{\"kind\":" + json_text(list.kind) + ",\"reason\":" + json_text(list.reason) +
                     ",\"remedy\":" + json_text(list.remedy) + ",\"devices\":[";
  for (const llmserving::DeviceProperties &d : list.devices)
    line += (line.back() == '[' ? "" : ",") + std::string("{\"name\":") + json_text(d.name) + ",\"architecture\":" +
            json_text(d.architecture) + ",\"driver\":" + json_text(d.driver) + ",\"processors\":" +
            std::to_string(d.processors) + ",\"memory\":" + std::to_string(d.memory) + ",\"reason\":" + json_text(d.reason) + "}";
  printf("%s]}\n", line.c_str());
  return list.reason.empty() ? 0 : 1;
}
