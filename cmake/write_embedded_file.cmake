# The build's half of embed_file.cmake.
file(READ ${SOURCE} text)
file(WRITE ${OUTPUT}
  "#include <string_view>\n\nnamespace postrider {\n\n"
  "extern const std::string_view ${SYMBOL};\n"
  "const std::string_view ${SYMBOL} = R\"embedded(${text})embedded\";\n\n}  // namespace postrider\n")
