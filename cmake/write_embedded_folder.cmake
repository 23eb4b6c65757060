# The build's half of embed_folder.cmake.
set(entries "")
string(REPLACE "," ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ ${FOLDER}/${name} text)
  string(APPEND entries "    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${OUTPUT}
  "#include \"embedded_file.h\"\n\nnamespace postrider {\n\n"
  "static constexpr embedded_file files[] = {\n${entries}};\n\n"
  "std::span<const embedded_file> ${FUNCTION}() {\n    return files;\n}\n\n}  // namespace postrider\n")
