# Checks of the tree and whole-program tests: scripts, one ctest each.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
add_test(NAME layering COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/layering_test.sh ${CMAKE_SOURCE_DIR})
add_test(NAME format COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/format_test.sh ${CMAKE_SOURCE_DIR} ${CLANG_FORMAT})
set_tests_properties(layering format PROPERTIES LABELS unit)

# Python tests: independent implementations in .venv (setup.sh --dev) against the built binary. They hold for the CPU's
# arithmetic and are not shown a GPU.
file(GLOB python_tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/reference/*_test.py")
foreach(script ${python_tests})
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/.venv/bin/python ${script} $<TARGET_FILE:dinobench> ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS reference SKIP_RETURN_CODE 77 TIMEOUT 900
    ENVIRONMENT "OMP_WAIT_POLICY=passive;CUDA_VISIBLE_DEVICES=")
endforeach()
file(GLOB program_tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/end_to_end/*_test.sh"
  "${CMAKE_CURRENT_SOURCE_DIR}/end_to_end/*_test.py")
foreach(script ${program_tests})
  get_filename_component(name ${script} NAME_WE)
  set(interpreter bash)
  if(script MATCHES "\\.py$")
    set(interpreter ${CMAKE_SOURCE_DIR}/.venv/bin/python)
  endif()
  add_test(NAME ${name} COMMAND ${interpreter} ${script} $<TARGET_FILE:dinobench> ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS end_to_end SKIP_RETURN_CODE 77 TIMEOUT 900
    ENVIRONMENT "OMP_WAIT_POLICY=passive;CUDA_VISIBLE_DEVICES=")
endforeach()
