# tools/build_info.hpp's values. Included by CMakeLists.txt it adds a generated source to dinobench_tools; run as a script
# (cmake -P) at every build it writes that source when the commit or the state of the checkout has changed.
if(CMAKE_SCRIPT_MODE_FILE)
  set(commit unknown)
  set(dirty unknown)
  find_program(GIT git)
  if(GIT AND EXISTS "${SOURCE}/.git")
    execute_process(COMMAND ${GIT} rev-parse HEAD WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE seen RESULT_VARIABLE failed
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
      set(commit ${seen})
      execute_process(COMMAND ${GIT} --no-optional-locks status --porcelain WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE seen
        RESULT_VARIABLE failed ERROR_QUIET)
      if(NOT failed)
        set(dirty true)
        if(seen STREQUAL "")
          set(dirty false)
        endif()
      endif()
    endif()
  endif()
  set(text "#include \"tools/build_info.hpp\"\n\nnamespace dinobench {\n\
const BuildInfo build_info{\"${commit}\", \"${dirty}\", \"${HDF5}\"};\n}\n")
  set(before "")
  if(EXISTS "${OUTPUT}")
    file(READ "${OUTPUT}" before)
  endif()
  if(NOT text STREQUAL before)
    file(WRITE "${OUTPUT}" "${text}")
  endif()
  return()
endif()

set(_build_info "${CMAKE_BINARY_DIR}/build_info.cpp")
add_custom_target(dinobench_build_info BYPRODUCTS "${_build_info}"
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${_build_info} -DHDF5=${HDF5_VERSION}
    -P ${CMAKE_SOURCE_DIR}/cmake/build_info.cmake
  COMMENT "state of the checkout")
set_source_files_properties("${_build_info}" PROPERTIES GENERATED ON SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
target_sources(dinobench_tools PRIVATE "${_build_info}")
add_dependencies(dinobench_tools dinobench_build_info)
