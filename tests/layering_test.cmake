# Checks from the source text who includes whom, and what the top of the tree holds:
#
#   cmake -DROOT=<top of the source tree> -P layering_test.cmake
#
# A module includes only the modules listed for it, a room only the rooms below it. OpenCV stays in
# vision/ and oneDNN in model/; tests may use both.
cmake_minimum_required(VERSION 3.25)

# Modules: what each may include, as a regular expression.
set(app_may_include "(app|vision|model|weights)/.*")
set(model_may_include "(model|weights)/.*")
set(vision_may_include "(vision/.*|weights/(describe/preprocess_recipe|base/(errors|headroom|input_file))\\.h)")
set(weights_may_include "weights/.*")

# Rooms of each module, from the top down: a room may include itself and every room on a lower
# level. Rooms that share a level, separated by "|", do not include each other. "." is the module's
# own folder.
set(app_levels . classify|attend|batch|evaluate|bench|inspect|hub
    pipeline maps predict results inputs cli system)
set(model_levels explain . blocks layers kernels)
set(vision_levels overlay preprocess|decode)
set(weights_levels . hub timm|transformers config naming files base describe)

function(complain text)
  message(SEND_ERROR "${text}")
endfunction()

# Sets `result` to the room of `path`, which begins with the module: "app/batch/results/x.h" is in
# batch, "app/run.h" in ".".
function(room_of path result)
  if(path MATCHES "^[^/]+/([^/]+)/")
    set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  else()
    set(${result} . PARENT_SCOPE)
  endif()
endfunction()

# Sets `result` to the index of the level that holds `room`, or -1.
function(level_of module room result)
  set(level 0)
  foreach(rooms IN LISTS ${module}_levels)
    string(REPLACE "|" ";" rooms "${rooms}")
    if(room IN_LIST rooms)
      set(${result} ${level} PARENT_SCOPE)
      return()
    endif()
    math(EXPR level "${level} + 1")
  endforeach()
  set(${result} -1 PARENT_SCOPE)
endfunction()

function(check_rooms source header)
  string(REGEX MATCH "^[^/]+" module "${source}")
  room_of(${source} from)
  room_of(${header} to)
  level_of(${module} ${from} from_level)
  level_of(${module} ${to} to_level)
  if(from_level EQUAL -1 OR to_level EQUAL -1)
    complain("${source} or ${header} is in a room that layering_test.cmake does not list")
  elseif(NOT from STREQUAL to AND NOT from_level LESS to_level)
    complain("${source} may not include ${header}: ${from} is not above ${to}")
  endif()
endfunction()

function(check_includes source module)
  file(STRINGS ${ROOT}/${source} includes REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(include IN LISTS includes)
    string(REGEX MATCH "([\"<])([^\">]*)" ignored "${include}")
    set(mark "${CMAKE_MATCH_1}")
    set(header "${CMAKE_MATCH_2}")
    if(mark STREQUAL "<")
      if(header MATCHES "^(app|model|vision|weights)/")
        complain("${source} includes our own ${header} in <>; use quotes")
      endif()
    elseif(NOT header MATCHES "^${${module}_may_include}$")
      complain("${source} may not include ${header}")
    elseif(header MATCHES "^${module}/")
      check_rooms(${source} ${header})
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

foreach(module IN ITEMS app model vision weights)
  set(patterns h hpp cc cpp in)
  list(TRANSFORM patterns PREPEND "${ROOT}/${module}/*.")
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${patterns})
  if(NOT sources)
    complain("no sources in ${ROOT}/${module}")
  endif()
  foreach(source IN LISTS sources)
    check_includes(${source} ${module})
    if(NOT module STREQUAL vision)
      check_absent(${source} "opencv2/" OpenCV)
    endif()
    if(NOT module STREQUAL model)
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
