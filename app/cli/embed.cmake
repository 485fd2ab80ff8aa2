# Writes a C++ source that holds files, one function EmbeddedFile NAME() each:
#
#   cmake -DOUTPUT=FILE.cpp -DHEADER=app/attend/explorer/page.h -P embed.cmake -- NAME=FILE...
#
# HEADER declares EmbeddedFile and the functions.
cmake_minimum_required(VERSION 3.25)

# Sets `result` to "0x41,0x42," from "4142".
function(to_bytes hex result)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  set(${result} "${bytes}" PARENT_SCOPE)
endfunction()

set(source "// Written by app/cli/embed.cmake.\n#include \"${HEADER}\"\n\nnamespace saccade {\n")
set(files_begin FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  set(argument "${CMAKE_ARGV${i}}")
  if(argument STREQUAL "--")
    set(files_begin TRUE)
  elseif(files_begin)
    string(REGEX MATCH "^([a-z_]+)=(.*)$" ignored "${argument}")
    set(name ${CMAKE_MATCH_1})
    set(file "${CMAKE_MATCH_2}")
    file(READ "${file}" hex HEX)
    file(SHA256 "${file}" hash)
    to_bytes("${hex}" text_bytes)
    to_bytes("${hash}" hash_bytes)
    string(APPEND source
      "\nEmbeddedFile ${name}() {\n"
      "  static constexpr unsigned char kText[] = {${text_bytes}};\n"
      "  static constexpr unsigned char kSha256[] = {${hash_bytes}};\n"
      "  return {{reinterpret_cast<const char*>(kText), sizeof kText},\n"
      "          std::as_bytes(std::span(kSha256))};\n"
      "}\n")
  endif()
endforeach()
string(APPEND source "\n}  // namespace saccade\n")
file(WRITE "${OUTPUT}" "${source}")
