# Python text that is part of the program.
#
# Included: ckptlint_embed_python(TARGET FOLDER) turns every FOLDER/*/*.py into a string constant of TARGET, found with
# embedded_text("area/name.py") (embedded.h).
# Run as a script (-P, with INPUT, OUTPUT and NAME): writes one constant.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" text)
  file(WRITE "${OUTPUT}"
       "namespace ckptlint::python { extern const char ${NAME}[]; const char ${NAME}[] = R\"python(${text})python\"; }\n")
  return()
endif()

set(CKPTLINT_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(ckptlint_embed_python target folder)
  file(GLOB texts CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*/*.py")
  set(declarations "")
  set(rows "")
  set(generated "${CMAKE_BINARY_DIR}/embedded")
  foreach(path IN LISTS texts)
    string(MAKE_C_IDENTIFIER "k_${path}" name)
    add_custom_command(
      OUTPUT "${generated}/${name}.cpp"
      COMMAND "${CMAKE_COMMAND}" "-DINPUT=${folder}/${path}" "-DOUTPUT=${generated}/${name}.cpp" "-DNAME=${name}"
              -P "${CKPTLINT_EMBED_SCRIPT}"
      DEPENDS "${folder}/${path}" "${CKPTLINT_EMBED_SCRIPT}"
      VERBATIM)
    target_sources(${target} PRIVATE "${generated}/${name}.cpp")
    string(APPEND declarations "extern const char ${name}[];\n")
    string(APPEND rows "  if (path == \"${path}\") return ${name};\n")
  endforeach()
  file(GENERATE OUTPUT "${generated}/embedded_text.cpp" CONTENT
"#include \"library/embedded.h\"
namespace ckptlint::python {
${declarations}
std::string_view embedded_text(std::string_view path) {
${rows}  return path.substr(0, 0);
}
}  // namespace ckptlint::python
")
  target_sources(${target} PRIVATE "${generated}/embedded_text.cpp")
endfunction()
