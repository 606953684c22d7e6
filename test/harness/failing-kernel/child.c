/* Connects to an abstract name and ends when the connection does. */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **arguments) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (count != 2 || strlen(arguments[1]) >= sizeof name.sun_path) return 2;
  memcpy(name.sun_path + 1, arguments[1], strlen(arguments[1]));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(arguments[1]);
  if (fd < 0 || connect(fd, (struct sockaddr *)&name, length) < 0) return 1;
  char byte;
  while (read(fd, &byte, 1) > 0) continue;
  return 0;
}
