# What an installation has: the program, its manual page and completions, the wheels that it checks against, licences.
# Included by the top level; a build by pip (SKBUILD) puts the same into a wheel.
include(GNUInstallDirs)
option(CKPTLINT_CARRY "Install the wheels that .ci/sources.txt names with the program" ON)

if(SKBUILD)
  set(program_folder "${SKBUILD_SCRIPTS_DIR}")
  set(share_folder "${SKBUILD_DATA_DIR}/share")
else()
  set(program_folder "${CMAKE_INSTALL_BINDIR}")
  set(share_folder "${CMAKE_INSTALL_DATADIR}")
endif()
install(TARGETS ckptlint RUNTIME DESTINATION "${program_folder}" COMPONENT ckptlint)
install(FILES "${CMAKE_SOURCE_DIR}/include/schema/report-1.json" "${CMAKE_SOURCE_DIR}/include/schema/answer-1.json"
        DESTINATION "${share_folder}/ckptlint/schema" COMPONENT ckptlint)

# The program writes its own manual page and completions.
set(written "${CMAKE_BINARY_DIR}/written")
foreach(page IN ITEMS "manual:man/man1/ckptlint.1" "completions bash:bash-completion/completions/ckptlint"
                      "completions zsh:zsh/site-functions/_ckptlint" "completions fish:fish/vendor_completions.d/ckptlint.fish")
  string(REGEX MATCH "^([^:]*):(.*)/([^/]*)$" matched "${page}")
  set(arguments "${CMAKE_MATCH_1}")
  set(folder "${CMAKE_MATCH_2}")
  set(name "${CMAKE_MATCH_3}")
  separate_arguments(arguments)
  file(MAKE_DIRECTORY "${written}/${folder}")
  add_custom_command(OUTPUT "${written}/${folder}/${name}"
                     COMMAND ckptlint ${arguments} > "${written}/${folder}/${name}" DEPENDS ckptlint VERBATIM)
  list(APPEND pages "${written}/${folder}/${name}")
  install(FILES "${written}/${folder}/${name}" DESTINATION "${share_folder}/${folder}" COMPONENT ckptlint)
endforeach()
add_custom_target(ckptlint_pages ALL DEPENDS ${pages})

# The licences of the libraries that are in the program, where Debian or vcpkg keeps them.
foreach(library IN ITEMS libboost-program-options1.74-dev libboost-program-options1.83-dev libc-ares-dev libdeflate-dev libfmt-dev libnghttp2-dev
                         libpcre2-dev libre2-dev libssl-dev nlohmann-json3-dev zlib1g-dev libc6-dev libstdc++-12-dev libstdc++-14-dev
                         boost-program-options c-ares curl libdeflate fmt nghttp2 openssl pcre2 re2 nlohmann-json zlib abseil)
  foreach(file IN ITEMS "/usr/share/doc/${library}/copyright" "${VCPKG_INSTALLED_DIR}/${VCPKG_TARGET_TRIPLET}/share/${library}/copyright")
    if(EXISTS "${file}")
      install(FILES "${file}" DESTINATION "${share_folder}/ckptlint/licenses" RENAME "${library}.txt" COMPONENT ckptlint)
    endif()
  endforeach()
endforeach()

if(EXISTS "${CKPTLINT_THIRD_PARTY}/curl/COPYING")
  install(FILES "${CKPTLINT_THIRD_PARTY}/curl/COPYING" DESTINATION "${share_folder}/ckptlint/licenses" RENAME curl.txt COMPONENT ckptlint)
endif()

if(NOT CKPTLINT_CARRY)
  return()
endif()
file(STRINGS "${CMAKE_SOURCE_DIR}/.ci/sources.txt" pins REGEX "^[a-z_]+==")
list(TRANSFORM pins REPLACE "^([a-z_]+)==([^ ]+) .*" "\\1-\\2-py3-none-any.whl" OUTPUT_VARIABLE wheels)
foreach(wheel IN LISTS wheels)
  if(NOT EXISTS "${CKPTLINT_THIRD_PARTY}/${wheel}")
    list(APPEND missing "${wheel}")
  endif()
endforeach()
if(missing AND SKBUILD)  # of a source distribution nothing was set up
  execute_process(COMMAND "${Python_EXECUTABLE}" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes
                          -r "${CMAKE_SOURCE_DIR}/.ci/sources.txt" -d "${CKPTLINT_THIRD_PARTY}" RESULT_VARIABLE failed)
  if(NOT failed)
    unset(missing)
  endif()
endif()
if(missing AND SKBUILD)
  message(FATAL_ERROR "${missing} could not be fetched: give their folder with CKPTLINT_THIRD_PARTY, "
                      "or build a program that carries none with CKPTLINT_CARRY=OFF")
endif()
foreach(wheel IN LISTS wheels)
  if(NOT EXISTS "${CKPTLINT_THIRD_PARTY}/${wheel}")
    continue()
  endif()
  install(FILES "${CKPTLINT_THIRD_PARTY}/${wheel}" DESTINATION "${share_folder}/ckptlint/third_party" COMPONENT ckptlint)
  file(ARCHIVE_EXTRACT INPUT "${CKPTLINT_THIRD_PARTY}/${wheel}" DESTINATION "${CMAKE_BINARY_DIR}/licenses"
       PATTERNS "*.dist-info/licenses/*")
  string(REPLACE "-py3-none-any.whl" "" release "${wheel}")
  file(GLOB texts "${CMAKE_BINARY_DIR}/licenses/${release}.dist-info/licenses/*")
  foreach(text IN LISTS texts)
    get_filename_component(name "${text}" NAME)
    install(FILES "${text}" DESTINATION "${share_folder}/ckptlint/licenses" RENAME "${release}-${name}" COMPONENT ckptlint)
  endforeach()
endforeach()
