#include "check/vectors.h"

#include <cstring>
#include <stdexcept>

namespace llmserving {
namespace vectors {

namespace {

constexpr char kMagic[] = "LLMVEC01";

struct RecordHeader {
  char kernel[96];
  uint32_t grid[3], threads, smem, param_bytes, relocations, buffers;
};

struct BufferHeader {
  uint32_t element, changed;
  uint64_t bytes;
};

size_t padded(size_t bytes) { return (bytes + 7) / 8 * 8; }

void write(FILE *file, const void *data, size_t bytes) {
  static const char zeros[8] = {};
  if (fwrite(data, 1, bytes, file) != bytes || fwrite(zeros, 1, padded(bytes) - bytes, file) != padded(bytes) - bytes)
    throw std::runtime_error("vectors cannot be written");
}

void read(FILE *file, void *data, size_t bytes) {
  char padding[8];
  if (fread(data, 1, bytes, file) != bytes || fread(padding, 1, padded(bytes) - bytes, file) != padded(bytes) - bytes)
    throw std::runtime_error("the file of vectors ends within a record");
}

void read(FILE *file, std::vector<uint8_t> &target, size_t bytes) {
  target.resize(bytes);
  read(file, target.data(), bytes);
}

} // namespace

size_t Vector::bytes() const {
  size_t total = sizeof(RecordHeader) + padded(params.size()) + relocations.size() * sizeof(Relocation);
  for (const Buffer &buffer : buffers)
    total += sizeof(BufferHeader) + padded(buffer.before.size()) + padded(buffer.after.size());
  return total;
}

void append(const std::string &path, const Vector &vector) {
  FILE *file = fopen(path.c_str(), "ab");
  if (file == nullptr)
    throw std::runtime_error(path + " cannot be written");
  fseek(file, 0, SEEK_END);
  if (ftell(file) == 0)
    write(file, kMagic, 8);
  RecordHeader header = {};
  snprintf(header.kernel, sizeof header.kernel, "%s", vector.kernel.c_str());
  memcpy(header.grid, vector.grid, sizeof header.grid);
  header.threads = vector.threads;
  header.smem = vector.smem;
  header.param_bytes = static_cast<uint32_t>(vector.params.size());
  header.relocations = static_cast<uint32_t>(vector.relocations.size());
  header.buffers = static_cast<uint32_t>(vector.buffers.size());
  write(file, &header, sizeof header);
  write(file, vector.params.data(), vector.params.size());
  write(file, vector.relocations.data(), vector.relocations.size() * sizeof(Relocation));
  for (const Buffer &buffer : vector.buffers) {
    BufferHeader part = {static_cast<uint32_t>(buffer.element), !buffer.after.empty(), buffer.before.size()};
    write(file, &part, sizeof part);
    write(file, buffer.before.data(), buffer.before.size());
    write(file, buffer.after.data(), buffer.after.size());
  }
  fclose(file);
}

Reader::Reader(const std::string &path) : file_(fopen(path.c_str(), "rb")) {
  char magic[8];
  if (file_ == nullptr || fread(magic, 1, 8, file_) != 8 || memcmp(magic, kMagic, 8) != 0)
    throw std::runtime_error(path + " is no file of vectors");
}

Reader::~Reader() { fclose(file_); }

bool Reader::next(Vector &vector) {
  RecordHeader header;
  size_t got = fread(&header, 1, sizeof header, file_);
  if (got == 0)
    return false;
  if (got != sizeof header)
    throw std::runtime_error("the file of vectors ends within a record");
  vector.kernel = header.kernel;
  memcpy(vector.grid, header.grid, sizeof header.grid);
  vector.threads = header.threads;
  vector.smem = header.smem;
  read(file_, vector.params, header.param_bytes);
  vector.relocations.resize(header.relocations);
  read(file_, vector.relocations.data(), header.relocations * sizeof(Relocation));
  vector.buffers.assign(header.buffers, {});
  for (Buffer &buffer : vector.buffers) {
    BufferHeader part;
    read(file_, &part, sizeof part);
    buffer.element = static_cast<Element>(part.element);
    read(file_, buffer.before, part.bytes);
    if (part.changed != 0)
      read(file_, buffer.after, part.bytes);
  }
  return true;
}

} // namespace vectors
} // namespace llmserving
