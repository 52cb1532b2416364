# Toolchain for 64-bit Arm from another machine; tests run under an emulator where it is installed.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
find_program(LLMSERVING_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(LLMSERVING_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${LLMSERVING_QEMU};-L;/usr/aarch64-linux-gnu)
endif()
