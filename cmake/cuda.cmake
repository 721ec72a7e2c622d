# What the CUDA executable has and the CPU one has not: the *_cuda.cpp files, .cu files if there are any, LibTorch's CUDA
# libraries and NCCL. All of it comes from the wheels; no toolkit, driver or GPU is needed, and nvcc only for .cu files.
# Sets DINOBENCH_CUDA_MISSING to what is not there, else makes dinobench_gpu_cuda (objects) and TorchLite::cuda.
get_filename_component(_site "${TORCH_ROOT}/.." ABSOLUTE)
set(_cudart "${_site}/nvidia/cu13/lib/libcudart.so.13")
set(_nccl "${_site}/nvidia/nccl/lib/libnccl.so.2")
set(DINOBENCH_CUDA_MISSING)
foreach(_file "${TORCH_ROOT}/lib/libtorch_cuda.so" "${TORCH_ROOT}/lib/libc10_cuda.so" "${_cudart}" "${_nccl}"
    "${_site}/nvidia/cu13/include/cuda_runtime_api.h" "${_site}/nvidia/nccl/include/nccl.h"
    "${_site}/nvidia/cudnn/lib/libcudnn.so.9")
  if(NOT EXISTS "${_file}")
    list(APPEND DINOBENCH_CUDA_MISSING "${_file}")
  endif()
endforeach()
file(GLOB _kernels CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/*/*.cu")
if(_kernels)
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    list(APPEND DINOBENCH_CUDA_MISSING "nvcc (CUDA 13)")
  endif()
endif()
if(DINOBENCH_CUDA_MISSING)
  return()
endif()

file(GLOB _sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/*/*_cuda.cpp")
add_library(dinobench_gpu_cuda OBJECT ${_sources})
target_include_directories(dinobench_gpu_cuda SYSTEM PRIVATE "${_site}/nvidia/cu13/include" "${_site}/nvidia/nccl/include")
target_link_libraries(dinobench_gpu_cuda PUBLIC dinobench_flags TorchLite::headers)
if(_kernels)
  set(CMAKE_CUDA_STANDARD 17)  # CMake 3.25 knows no later one for nvcc; kernels and the headers they include need none
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80 90)
  endif()
  enable_language(CUDA)
  add_library(dinobench_kernels OBJECT ${_kernels})
  target_include_directories(dinobench_kernels PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(dinobench_gpu_cuda PUBLIC $<TARGET_OBJECTS:dinobench_kernels>)
endif()

foreach(_name cudart nccl)
  add_library(TorchLite_${_name} SHARED IMPORTED)
  set_target_properties(TorchLite_${_name} PROPERTIES IMPORTED_LOCATION "${_${_name}}")
endforeach()
add_library(TorchLite_cuda INTERFACE)
# --no-as-needed: kernels register themselves in static constructors.
target_link_libraries(TorchLite_cuda INTERFACE TorchLite_cpu -Wl,--no-as-needed
  "${TORCH_ROOT}/lib/libtorch_cuda.so" "${TORCH_ROOT}/lib/libc10_cuda.so" -Wl,--as-needed TorchLite_cudart TorchLite_nccl)
add_library(TorchLite::cuda ALIAS TorchLite_cuda)
