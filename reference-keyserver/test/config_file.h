/* Configuration files for tests: a good one, and changes of it. */
#ifndef KEYSERVER_TEST_CONFIG_FILE_H
#define KEYSERVER_TEST_CONFIG_FILE_H

/* Writes the good configuration into the working folder with one change, and returns the file's name, a
 * constant. way names a member as in "keys.0.usage"; json is its new value, or NULL to take it away. With way
 * NULL the file is good, or holds json as it stands. */
const char *config_file_write(const char *way, const char *json);

#endif
