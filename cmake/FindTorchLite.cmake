# LibTorch from the pip wheel (or an unpacked libtorch), without Caffe2's CUDA demands.
# Targets: TorchLite::headers (includes only) and TorchLite::cpu; cmake/cuda.cmake adds TorchLite::cuda.
# TORCH_ROOT names the folder that holds include/ and lib/; by default the wheel in .venv is found without importing it.

if(NOT TORCH_ROOT)
  file(GLOB _torch_candidates "${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
  list(APPEND _torch_candidates "$ENV{TORCH_ROOT}")
  if(NOT _torch_candidates)
    execute_process(
      COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE _torch_candidates OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  list(GET _torch_candidates 0 TORCH_ROOT)
endif()
set(TORCH_ROOT "${TORCH_ROOT}" CACHE PATH "folder with LibTorch's include/ and lib/")

set(TORCH_VERSION_WANTED 2.11.0)
if(EXISTS "${TORCH_ROOT}/version.py")
  file(STRINGS "${TORCH_ROOT}/version.py" _torch_line REGEX "^__version__")
elseif(EXISTS "${TORCH_ROOT}/build-version")
  file(STRINGS "${TORCH_ROOT}/build-version" _torch_line LIMIT_COUNT 1)
else()
  message(FATAL_ERROR "no LibTorch in '${TORCH_ROOT}': run tools/setup.sh, or give -DTORCH_ROOT=<folder with include/ and lib/>")
endif()
if(NOT _torch_line MATCHES "${TORCH_VERSION_WANTED}")
  message(FATAL_ERROR "LibTorch in ${TORCH_ROOT} says ${_torch_line}; dinobench is written to ${TORCH_VERSION_WANTED}")
endif()

add_library(TorchLite_headers INTERFACE)
target_include_directories(TorchLite_headers SYSTEM INTERFACE
  "${TORCH_ROOT}/include" "${TORCH_ROOT}/include/torch/csrc/api/include")
target_compile_definitions(TorchLite_headers INTERFACE AT_PER_OPERATOR_HEADERS)
add_library(TorchLite::headers ALIAS TorchLite_headers)

foreach(_name torch_cpu c10)
  add_library(TorchLite_${_name} SHARED IMPORTED)
  set_target_properties(TorchLite_${_name} PROPERTIES IMPORTED_LOCATION "${TORCH_ROOT}/lib/lib${_name}.so")
endforeach()
add_library(TorchLite_cpu INTERFACE)
target_link_libraries(TorchLite_cpu INTERFACE TorchLite_headers TorchLite_torch_cpu TorchLite_c10)
add_library(TorchLite::cpu ALIAS TorchLite_cpu)
