// Hides vector instructions from the libraries that a process loads afterwards: CPUID faults, and the handler answers without their bits.
// Linux on x86-64, on processors that let CPUID fault (`cpuid_fault` in /proc/cpuinfo). The setting ends with execve.

#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define BIT(n) (1u << (n))

// Leaf 7.
static const unsigned AVX512_EBX = BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31);
static const unsigned AVX512_ECX = BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14);
static const unsigned AVX512_AMX_EDX = BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25);
// Leaf 7.1.
static const unsigned AVX_VNNI_EAX = BIT(4);
static const unsigned WIDE_EAX = BIT(5) | BIT(21) | BIT(23);
static const unsigned WIDE_EDX = BIT(4) | BIT(5) | BIT(8) | BIT(10) | BIT(19);

static int keeps_avx_vnni;

static long let_cpuid(int runs) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, runs); }

static void answer(greg_t *registers)
{
    unsigned leaf = registers[REG_RAX], subleaf = registers[REG_RCX], eax, ebx, ecx, edx;
    let_cpuid(1);
    __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
    let_cpuid(0);
    if (leaf == 7 && subleaf == 0) {
        ebx &= ~AVX512_EBX;
        ecx &= ~AVX512_ECX;
        edx &= ~AVX512_AMX_EDX;
    } else if (leaf == 7 && subleaf == 1) {
        eax &= ~(WIDE_EAX | (keeps_avx_vnni ? 0 : AVX_VNNI_EAX));
        edx &= ~WIDE_EDX;
    }
    registers[REG_RAX] = eax;
    registers[REG_RBX] = ebx;
    registers[REG_RCX] = ecx;
    registers[REG_RDX] = edx;
}

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
    (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (memcmp((const void *)registers[REG_RIP], "\x0f\xa2", 2) == 0) {
        answer(registers);
        registers[REG_RIP] += 2;
    } else {
        signal(signal_number, SIG_DFL);
    }
}

// Hides AVX-512 and AMX, and AVX-VNNI too where `avx_vnni` is 0, from this thread and those that it starts. 0 where that worked.
int mask_cpuid(int avx_vnni)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    keeps_avx_vnni = avx_vnni;
    return sigaction(SIGSEGV, &action, NULL) || let_cpuid(0) ? -1 : 0;
}
