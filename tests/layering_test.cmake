# Checks from the source text who includes whom, and what lies at the top of the tree:
#
#   cmake -DROOT=<top of the source tree> -P layering_test.cmake
#
# app → vision, model, weights; model → weights; vision → two headers of weights; weights → nothing
# of ours. OpenCV only under vision/, oneDNN only under model/; the tests may use both.
cmake_minimum_required(VERSION 3.25)

set(app_may_include "(app|vision|model|weights)/.*")
set(model_may_include "(model|weights)/.*")
set(vision_may_include "(vision/.*|weights/(describe/preprocess_recipe|base/errors)\\.h)")
set(weights_may_include "weights/.*")

function(complain text)
  message(SEND_ERROR "${text}")
endfunction()

function(check_includes source allowed)
  file(STRINGS ${ROOT}/${source} includes REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(include IN LISTS includes)
    string(REGEX MATCH "([\"<])([^\">]*)" ignored "${include}")
    set(mark "${CMAKE_MATCH_1}")
    set(header "${CMAKE_MATCH_2}")
    if(mark STREQUAL "\"" AND NOT header MATCHES "^${allowed}$")
      complain("${source} may not include ${header}")
    elseif(mark STREQUAL "<" AND header MATCHES "^(app|model|vision|weights)/")
      complain("${source} includes our own ${header} in <>; it wants quotes")
    endif()
  endforeach()
endfunction()

# No line of `source` matches `pattern`, by which uses of `library` are known.
function(check_absent source pattern library)
  file(STRINGS ${ROOT}/${source} uses REGEX "${pattern}")
  if(uses)
    complain("${source} may not use ${library}: ${uses}")
  endif()
endfunction()

foreach(layer IN ITEMS app model vision weights)
  set(patterns h hpp cc cpp in)
  list(TRANSFORM patterns PREPEND "${ROOT}/${layer}/*.")
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${patterns})
  if(NOT sources)
    complain("no sources in ${ROOT}/${layer}")
  endif()
  foreach(source IN LISTS sources)
    check_includes(${source} "${${layer}_may_include}")
    if(NOT layer STREQUAL vision)
      check_absent(${source} "opencv2/" OpenCV)
    endif()
    if(NOT layer STREQUAL model)
      check_absent(${source} "dnnl" oneDNN)
    endif()
  endforeach()
endforeach()

# Dotfiles and what .gitignore names are free.
set(top_level app model vision weights tests CMakeLists.txt CMakePresets.json README.md LICENSE)
file(GLOB entries RELATIVE ${ROOT} ${ROOT}/*)
list(FILTER entries EXCLUDE REGEX "^(\\..*|build.*|compile_commands\\.json)$")
list(REMOVE_ITEM entries ${top_level})
if(entries)
  complain("the top level holds what it should not: ${entries}")
endif()
