/*
 * What Debian's libstdc++ and libgcc_s, which are built for glibc, need and musl does not have, so that Bun's musl build runs
 * on them. musl's loader takes libc.so.6 and libm.so.6 for itself; this library stands in for ld-linux-x86-64.so.2.
 */
#define _GNU_SOURCE
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded;

uint32_t arc4random(void) {
  uint32_t number;
  return getrandom(&number, sizeof number, 0) == sizeof number ? number : 0;
}

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time, locale_t locale) {
  return strftime_l(text, size, format, time, locale);
}

/* libgcc asks for the processor by a symbol version that musl's loader does not look at. */
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;
int __cpu_indicator_init(void) { return 0; }

/* glibc's struct dl_find_object, by which the unwinder finds the tables of a function. */
struct dl_find_object {
  unsigned long long flags;
  void *start, *end;
  struct link_map *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};
struct lookup { uintptr_t address; struct dl_find_object *result; };

static int look(struct dl_phdr_info *info, size_t size, void *data) {
  struct lookup *lookup = data;
  uintptr_t start = UINTPTR_MAX, end = 0;
  void *eh_frame = NULL;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    uintptr_t at = info->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_GNU_EH_FRAME) eh_frame = (void *)at;
    if (header->p_type != PT_LOAD) continue;
    if (at < start) start = at;
    if (at + header->p_memsz > end) end = at + header->p_memsz;
  }
  if (eh_frame == NULL || lookup->address < start || lookup->address >= end) return 0;
  *lookup->result = (struct dl_find_object){ .start = (void *)start, .end = (void *)end, .eh_frame = eh_frame };
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *result) {
  struct lookup lookup = { (uintptr_t)address, result };
  return dl_iterate_phdr(look, &lookup) == 1 ? 0 : -1;
}

/*
 * Not under its real name, by which the library would find it: musl has no such function. A libstdc++ that is built for
 * musl has this within, over one pthread key too.
 */
struct entry { void (*call)(void *); void *argument; struct entry *next; };
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run(void *entries) {
  for (struct entry *entry = entries, *next; entry != NULL; entry = next) {
    next = entry->next;
    entry->call(entry->argument);
    free(entry);
  }
}
static void make_key(void) { pthread_key_create(&key, run); }

int __cxa_thread_atexit_musl(void (*call)(void *), void *argument, void *library) {
  pthread_once(&once, make_key);
  struct entry *entry = malloc(sizeof *entry);
  if (entry == NULL) return -1;
  *entry = (struct entry){ call, argument, pthread_getspecific(key) };
  return pthread_setspecific(key, entry);
}
