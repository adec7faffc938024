/* A stand-in for a DLL that Windows has and wine 8 does not. Rust's standard library takes its random numbers from it,
   so that without it every program ends at once with exit code 53 and says nothing. A test aid: never part of a package. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    while (size) {
        ULONG part = size > 0x10000 ? 0x10000 : (ULONG)size;
        if (!SystemFunction036(data, part)) return FALSE;
        data += part;
        size -= part;
    }
    return TRUE;
}
