# millrace_module(NAME [LINK targets...] [PRIVATE_LINK targets...])
#
# One static library per folder of src/: millrace_<path with _>. Sources are the folder's *.cc except
# *_test.cc; tests become <library>_test. LINK names what its headers use, PRIVATE_LINK what only its
# sources use. tests/style/include_rules.py holds the same table for #include lines.
function(millrace_module NAME)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK;TEST_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(test_sources ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|benchmark)\\.cc$")
  list(FILTER test_sources INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(${NAME} STATIC ${sources})
    target_include_directories(${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${NAME} PUBLIC ${ARG_LINK} PRIVATE millrace_warnings ${ARG_PRIVATE_LINK})
  else()
    add_library(${NAME} INTERFACE)
    target_include_directories(${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${NAME} INTERFACE ${ARG_LINK})
  endif()
  if(test_sources)
    add_executable(${NAME}_test ${test_sources})
    target_link_libraries(${NAME}_test PRIVATE ${NAME} ${ARG_PRIVATE_LINK} ${ARG_TEST_LINK}
      millrace_warnings GTest::gtest GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST)
  endif()
endfunction()
