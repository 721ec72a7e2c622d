// The one file that knows the HDF5 library.
#include "core/hdf5_file.hpp"

#include <hdf5.h>

#include <algorithm>
#include <new>
#include <utility>

#include "core/atomic_file.hpp"
#include "core/error.hpp"

namespace dinobench {
namespace {

// Each thread has an error stack, which the library prints unless told not to, and forgets to free.
class Quiet {
 public:
  Quiet() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }
  ~Quiet() { H5Eclear2(H5E_DEFAULT); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

// The innermost message of the error stack, in one line.
std::string library_reason() {
  std::string reason;
  const auto take_first = [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
    if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason.empty() ? "HDF5 gives no reason" : reason;
}

// Owns one handle of the library.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id() = default;
  Id(hid_t id, Close close) : id_(id), close_(close) {
    if (id < 0) throw Error(library_reason());
  }
  ~Id() { reset(); }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  void reset() {
    if (id_ >= 0) close_(id_);
    id_ = -1;
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

void check(herr_t status) {
  if (status < 0) throw Error(library_reason());
}

// Every message names the file and the object.
template <class Work>
auto naming(const std::filesystem::path& file, const std::string& object, Failure failure,
            Work work) {
  const Quiet quiet;
  const auto name = [&](const char* what) {
    return object.empty() ? fmt::format("{}: {}", file.string(), what)
                          : fmt::format("{}: {}: {}", file.string(), object, what);
  };
  try {
    return work();
  } catch (const Error& error) {
    throw Error(name(error.what()), failure);
  } catch (const std::bad_alloc&) {
    throw Error(name("not enough memory"), failure);
  }
}

Id text_type(size_t width = H5T_VARIABLE) {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  check(H5Tset_size(type, width));
  if (width != H5T_VARIABLE) check(H5Tset_strpad(type, H5T_STR_NULLPAD));
  check(H5Tset_cset(type, H5T_CSET_UTF8));
  return type;
}

Id scalar_space() { return {H5Screate(H5S_SCALAR), H5Sclose}; }

template <class Element>
hid_t native_type() {
  if constexpr (std::is_same_v<Element, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<Element, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<Element, int64_t>) return H5T_NATIVE_INT64;
  return H5T_NATIVE_UINT8;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  for (const std::string& text : texts) out.push_back(text.c_str());
  return out;
}

Id make_dataset(hid_t file, const std::string& path, hid_t type, hid_t space,
                hid_t creation = H5P_DEFAULT) {
  const Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  check(H5Pset_create_intermediate_group(links, 1));
  return {H5Dcreate2(file, path.c_str(), type, space, links, creation, H5P_DEFAULT), H5Dclose};
}

// Chunks of whole rows, about a megabyte each, bytes of equal weight together, deflated.
Id packed_layout(std::vector<hsize_t> extents, size_t width) {
  size_t row = width;
  for (size_t axis = 1; axis < extents.size(); ++axis) row *= extents[axis];
  extents[0] = std::clamp<hsize_t>((size_t{1} << 20) / row, 1, extents[0]);
  Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  check(H5Pset_chunk(creation, static_cast<int>(extents.size()), extents.data()));
  check(H5Pset_shuffle(creation));
  check(H5Pset_deflate(creation, 4));
  return creation;
}

// Texts of the width of the longest; none where a text holds a zero byte, which would end it.
std::string side_by_side(const std::vector<std::string>& texts, size_t& width) {
  const auto has_zero = [](const std::string& text) { return text.find('\0') != text.npos; };
  if (std::any_of(texts.begin(), texts.end(), has_zero)) return "";
  width = 1;
  for (const std::string& text : texts) width = std::max(width, text.size());
  std::string out(width * texts.size(), '\0');
  for (size_t i = 0; i < texts.size(); ++i) texts[i].copy(&out[i * width], width);
  return out;
}

void write_all(hid_t dataset, hid_t type, const void* values) {
  check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}

const std::vector<hsize_t> kPlain;     // no extents: not packed
constexpr size_t kWorthPacking = 512;  // elements; below, a chunk's own bookkeeping is larger

template <class Element>
void write_values(hid_t file, const std::string& path, const std::vector<Element>& values,
                  hid_t space, const std::vector<hsize_t>& packed) {
  const hid_t type = native_type<Element>();
  const Id layout = packed.empty() ? Id() : packed_layout(packed, sizeof(Element));
  write_all(make_dataset(file, path, type, space, packed.empty() ? H5P_DEFAULT : hid_t{layout}),
            type, values.data());
}

void write_values(hid_t file, const std::string& path, const std::vector<std::string>& texts,
                  hid_t space, const std::vector<hsize_t>& packed) {
  size_t width = H5T_VARIABLE;
  const std::string block = packed.empty() ? "" : side_by_side(texts, width);
  const Id type = text_type(width);
  if (block.empty())
    return write_all(make_dataset(file, path, type, space), type, pointers(texts).data());
  write_all(make_dataset(file, path, type, space, packed_layout(packed, width)), type,
            block.data());
}

size_t element_count(hid_t space) {
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count < 0) throw Error(library_reason());
  return static_cast<size_t>(count);
}

std::vector<int64_t> shape_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) throw Error(library_reason());
  std::vector<hsize_t> extents(static_cast<size_t>(rank));
  check(H5Sget_simple_extent_dims(space, extents.data(), nullptr));
  return {extents.begin(), extents.end()};
}

// `read(memory_type, buffer)` is H5Dread or H5Aread on an object of this type and space.
template <class Read>
std::vector<std::string> read_texts(hid_t type, hid_t space, Read read) {
  std::vector<std::string> out(element_count(space));
  if (out.empty()) return out;
  if (H5Tis_variable_str(type) > 0) {
    const Id memory(H5Tcopy(type), H5Tclose);
    std::vector<char*> texts(out.size(), nullptr);
    check(read(memory, texts.data()));
    for (size_t i = 0; i < out.size(); ++i) out[i] = texts[i] == nullptr ? "" : texts[i];
    check(H5Dvlen_reclaim(memory, space, H5P_DEFAULT, texts.data()));
    return out;
  }
  const size_t width = H5Tget_size(type);
  std::string texts(width * out.size(), '\0');
  check(read(type, texts.data()));
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = texts.substr(i * width, width);
    out[i].resize(std::min(out[i].find('\0'), out[i].size()));
  }
  return out;
}

// A damaged extent must not become an allocation: deflate shrinks at most 1032-fold, and chunks
// that were never written need a bound of their own.
void check_size(hid_t dataset, size_t count, size_t width, uint64_t file_size) {
  const Id creation(H5Dget_create_plist(dataset), H5Pclose);
  const bool plain = H5Pget_layout(creation) == H5D_CONTIGUOUS;
  const uint64_t most = plain ? file_size : std::max<uint64_t>(file_size, 1 << 20) * 1032;
  require(count <= most / width, "{} elements of {} bytes cannot be in a file of {} bytes", count,
          width, file_size);
}

template <class Element>
std::vector<Element> read_numbers(hid_t dataset, size_t count) {
  std::vector<Element> values(count);
  check(H5Dread(dataset, native_type<Element>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
  return values;
}

Array read_array(hid_t dataset, uint64_t file_size) {
  const Id type(H5Dget_type(dataset), H5Tclose), space(H5Dget_space(dataset), H5Sclose);
  const size_t count = element_count(space), width = std::max<size_t>(H5Tget_size(type), 1);
  check_size(dataset, count, width, file_size);
  Array array{shape_of(space), {}};
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_FLOAT && width <= sizeof(float)) {
    array.values = read_numbers<float>(dataset, count);
  } else if (kind == H5T_FLOAT) {
    array.values = read_numbers<double>(dataset, count);
  } else if (kind == H5T_STRING) {
    array.values = read_texts(type, space, [&](hid_t memory, void* out) {
      return H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
    });
  } else if (kind == H5T_ENUM && width == 1) {  // how h5py stores booleans
    std::vector<uint8_t> values(count);
    check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    array.values = std::move(values);
  } else if (kind == H5T_INTEGER && width == 1 && H5Tget_sign(type) == H5T_SGN_NONE) {
    array.values = read_numbers<uint8_t>(dataset, count);
  } else {
    require(kind == H5T_INTEGER, "neither numbers nor text");
    array.values = read_numbers<int64_t>(dataset, count);
  }
  return array;
}

// Attributes of other kinds (arrays, references) are nobody's here and are passed over.
void read_attribute(hid_t attribute, const std::string& name, Attributes& out) {
  const Id type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (element_count(space) != 1) return;
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_STRING) {
    const auto read = [&](hid_t memory, void* to) { return H5Aread(attribute, memory, to); };
    out[name] = read_texts(type, space, read)[0];
  } else if (kind == H5T_FLOAT) {
    double value = 0;
    check(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value));
    out[name] = value;
  } else if (kind == H5T_INTEGER) {
    int64_t value = 0;
    check(H5Aread(attribute, H5T_NATIVE_INT64, &value));
    out[name] = value;
  }
}

// H5Lexists asks for one link at a time: every group on the way must exist.
bool link_exists(hid_t file, const std::string& path) {
  for (size_t at = path.find_first_not_of('/'); at < path.size();) {
    at = std::min(path.find('/', at), path.size());
    if (H5Lexists(file, path.substr(0, at).c_str(), H5P_DEFAULT) <= 0) return false;
    at = path.find_first_not_of('/', at);
  }
  return H5Oexists_by_name(file, path.c_str(), H5P_DEFAULT) > 0;
}

Id open_object(hid_t file, const std::string& path) {
  require(link_exists(file, path), "no such object");
  return {H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose};
}

Id open_dataset(hid_t file, const std::string& path) {
  Id object = open_object(file, path);
  require(H5Iget_type(object) == H5I_DATASET, "a group where a data set is expected");
  return object;
}

}  // namespace

// The file is made in memory and written by AtomicFile: a full disk is then an ordinary error,
// which the library, left with a file that it cannot close, does not survive.
struct Hdf5Writer::Handle {
  std::filesystem::path path;
  Id access, file;
};

Hdf5Writer::Hdf5Writer(std::filesystem::path path)
    : handle_(std::make_unique<Handle>(Handle{std::move(path), {}, {}})) {
  naming(handle_->path, "", Failure::run, [&] {
    handle_->access = Id(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(H5Pset_fapl_core(handle_->access, size_t{1} << 20, false));
    handle_->file =
        Id(H5Fcreate(handle_->path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, handle_->access), H5Fclose);
  });
}

Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::group(const std::string& path) {
  naming(handle_->path, path, Failure::run, [&] {
    if (link_exists(handle_->file, path)) return;
    const Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(links, 1));
    const Id made(H5Gcreate2(handle_->file, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
                  H5Gclose);
  });
}

void Hdf5Writer::array(const std::string& path, const Array& array, Packing packing) {
  naming(handle_->path, path, Failure::run, [&] {
    const std::vector<hsize_t> extents(array.shape.begin(), array.shape.end());
    const Id space(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                   H5Sclose);
    std::visit(
        [&](const auto& values) {
          require(values.size() == element_count(space), "{} values for the shape [{}]",
                  values.size(), fmt::join(array.shape, ", "));
          const bool packed = packing == Packing::deflate && values.size() >= kWorthPacking;
          write_values(handle_->file, path, values, space, packed ? extents : kPlain);
        },
        array.values);
  });
}

void Hdf5Writer::scalar(const std::string& path, double value) {
  naming(handle_->path, path, Failure::run, [&] {
    write_all(make_dataset(handle_->file, path, H5T_NATIVE_DOUBLE, scalar_space()),
              H5T_NATIVE_DOUBLE, &value);
  });
}

void Hdf5Writer::text(const std::string& path, const std::string& value) {
  naming(handle_->path, path, Failure::run, [&] {
    const Id type = text_type();
    const char* pointer = value.c_str();
    write_all(make_dataset(handle_->file, path, type, scalar_space()), type, &pointer);
  });
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name,
                           const Attribute& value) {
  naming(handle_->path, object + " attribute " + name, Failure::run, [&] {
    const Id owner(H5Oopen(handle_->file, object.c_str(), H5P_DEFAULT), H5Oclose);
    const auto put = [&](hid_t type, const void* data) {
      const Id made(H5Acreate2(owner, name.c_str(), type, scalar_space(), H5P_DEFAULT, H5P_DEFAULT),
                    H5Aclose);
      check(H5Awrite(made, type, data));
    };
    if (const auto* text = std::get_if<std::string>(&value)) {
      const char* pointer = text->c_str();
      put(text_type(), &pointer);
    } else if (const auto* number = std::get_if<double>(&value)) {
      put(H5T_NATIVE_DOUBLE, number);
    } else {
      put(H5T_NATIVE_INT64, &std::get<int64_t>(value));
    }
  });
}

std::string Hdf5Writer::bytes() {
  return naming(handle_->path, "", Failure::run, [&] {
    check(H5Fflush(handle_->file, H5F_SCOPE_GLOBAL));
    const ssize_t size = H5Fget_file_image(handle_->file, nullptr, 0);
    if (size < 0) throw Error(library_reason());
    void* memory = nullptr;  // the core driver hands out the address of its buffer's address
    check(H5Fget_vfd_handle(handle_->file, handle_->access, &memory));
    return std::string(*static_cast<const char**>(memory), static_cast<size_t>(size));
  });
}

void Hdf5Writer::commit() {
  AtomicFile out(handle_->path);
  out.write(bytes());
  out.commit();
  handle_->file.reset();
}

struct Hdf5Reader::Handle {
  std::filesystem::path path;
  Id file;
  uint64_t size = 0;
};

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path)
    : handle_(std::make_unique<Handle>(Handle{path, {}, 0})) {
  naming(path, "", Failure::input, [&] {
    std::error_code error;
    require(!std::filesystem::is_directory(path, error), "a folder where a file is expected");
    handle_->size = std::filesystem::file_size(path, error);
    require(!error, "{}", error.message());
    const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(H5Pset_file_locking(access, false, true));  // a shared folder may not offer locks
    handle_->file = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
  });
}

Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;

bool Hdf5Reader::has(const std::string& path) const {
  const Quiet quiet;
  return link_exists(handle_->file, path);
}

bool Hdf5Reader::is_group(const std::string& path) const {
  return naming(handle_->path, path, Failure::input,
                [&] { return H5Iget_type(open_object(handle_->file, path)) == H5I_GROUP; });
}

std::vector<std::string> Hdf5Reader::children(const std::string& group) const {
  return naming(handle_->path, group, Failure::input, [&] {
    std::vector<std::string> names;
    if (!link_exists(handle_->file, group)) return names;
    const Id object = open_object(handle_->file, group);
    require(H5Iget_type(object) == H5I_GROUP, "a data set where a group is expected");
    const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    check(H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names));
    std::sort(names.begin(), names.end());
    return names;
  });
}

Array Hdf5Reader::array(const std::string& path) const {
  return naming(handle_->path, path, Failure::input,
                [&] { return read_array(open_dataset(handle_->file, path), handle_->size); });
}

std::vector<int64_t> Hdf5Reader::shape(const std::string& path) const {
  return naming(handle_->path, path, Failure::input, [&] {
    const Id dataset = open_dataset(handle_->file, path);
    return shape_of(Id(H5Dget_space(dataset), H5Sclose));
  });
}

Attributes Hdf5Reader::attributes(const std::string& object) const {
  return naming(handle_->path, object, Failure::input, [&] {
    const Id owner = open_object(handle_->file, object);
    std::vector<std::string> names;
    const auto add = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    check(H5Aiterate2(owner, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names));
    Attributes out;
    for (const std::string& name : names)
      read_attribute(Id(H5Aopen(owner, name.c_str(), H5P_DEFAULT), H5Aclose), name, out);
    return out;
  });
}

}  // namespace dinobench
