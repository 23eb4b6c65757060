# What is installed, and the Debian package: cpack --config build/release/CPackConfig.cmake
include(GNUInstallDirs)
set(pages ${CMAKE_BINARY_DIR}/pages)
set(packaging ${CMAKE_SOURCE_DIR}/packaging)

# The manual page and the completions say what the program says, because they are made from it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(OUTPUT ${pages}/postrider.1 ${pages}/postrider.bash ${pages}/_postrider ${pages}/postrider.fish
  COMMAND ${Python3_EXECUTABLE} -B ${packaging}/pages/write $<TARGET_FILE:postrider> ${pages}
  COMMAND gzip -9 -n -k -f ${pages}/postrider.1
  COMMAND gzip -9 -n -c ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${pages}/CHANGELOG.md.gz
  DEPENDS postrider ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${packaging}/pages/write ${packaging}/pages/help_text.py
          ${packaging}/pages/manual.py ${packaging}/pages/completions.py
  VERBATIM)
add_custom_target(pages ALL DEPENDS ${pages}/postrider.1)

install(TARGETS postrider RUNTIME DESTINATION bin)
install(FILES ${packaging}/systemd/postrider.service DESTINATION lib/systemd/system)
install(FILES ${CMAKE_SOURCE_DIR}/config/postrider.yaml DESTINATION /etc/postrider)
install(DIRECTORY DESTINATION /etc/postrider/credentials)
install(FILES ${pages}/postrider.1.gz DESTINATION share/man/man1)
install(FILES ${pages}/postrider.bash DESTINATION share/bash-completion/completions RENAME postrider)
install(FILES ${pages}/_postrider DESTINATION share/zsh/vendor-completions)
install(FILES ${pages}/postrider.fish DESTINATION share/fish/vendor_completions.d)
install(FILES ${pages}/CHANGELOG.md.gz ${packaging}/debian/copyright DESTINATION share/doc/postrider)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/examples DESTINATION share/doc/postrider)

set(CPACK_GENERATOR DEB)
# The configuration is outside of the prefix: everything is staged below DESTDIR.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME postrider)
set(CPACK_PACKAGE_VENDOR Postrider)
set(CPACK_PACKAGE_CONTACT "Postrider <postrider@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "durable webhook delivery daemon")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Postrider takes events over HTTP, stores them durably in Redis, and delivers
each of them, signed, to every endpoint that subscribed to it, until it is
accepted or declared dead.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
# Not needed beside a Redis of one's own, and its package starts a service.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS redis-server)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm
    ${CMAKE_BINARY_DIR}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(WRITE ${CMAKE_BINARY_DIR}/conffiles "/etc/postrider/postrider.yaml\n")
include(CPack)
