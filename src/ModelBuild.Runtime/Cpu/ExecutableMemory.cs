using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Cpu;

/// <summary>
/// Memory for machine code of our own: written first and executable after, never both. It is mapped once and stays for the life of the
/// process.
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    /// <summary>The switch of <see cref="AppContext"/> that forbids machine code where it is false.</summary>
    public const string Switch = "ModelBuild.MachineCode";

    /// <summary>Its whole name, or a dozen others are tried first. Musl answers to it too.</summary>
    private const string LibraryOfC = "libc.so.6";

    private const int ProtectionReadWrite = 0x3;
    private const int ProtectionReadExecute = 0x5;
    private const int MapPrivateAnonymous = 0x22;
    private const uint MemoryCommitReserve = 0x3000;
    private const uint PageReadWrite = 0x04;
    private const uint PageExecuteRead = 0x20;
    private static readonly nint s_failed = -1;

    /// <summary>Whether the application lets us execute code of our own; what the system allows, <see cref="Map"/> finds out.</summary>
    public static bool IsAllowed => !AppContext.TryGetSwitch(Switch, out bool isOn) || isOn;

    /// <summary>A copy of position-independent code that can be called, or null where the system does not allow that.</summary>
    public static byte* Map(ReadOnlySpan<byte> code)
    {
        try
        {
            return OperatingSystem.IsWindows() ? MapOnWindows(code) : OperatingSystem.IsLinux() ? MapOnLinux(code) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static byte* MapOnLinux(ReadOnlySpan<byte> code)
    {
        nint memory = MapMemory(0, (nuint)code.Length, ProtectionReadWrite, MapPrivateAnonymous, -1, 0);
        if (memory == s_failed)
        {
            return null;
        }

        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        if (ProtectMemory(memory, (nuint)code.Length, ProtectionReadExecute) == 0)
        {
            return (byte*)memory;
        }

        _ = UnmapMemory(memory, (nuint)code.Length);
        return null;
    }

    private static byte* MapOnWindows(ReadOnlySpan<byte> code)
    {
        nint memory = VirtualAlloc(0, (nuint)code.Length, MemoryCommitReserve, PageReadWrite);
        if (memory == 0)
        {
            return null;
        }

        code.CopyTo(new Span<byte>((void*)memory, code.Length));

        // Processors of this kind need no flush of an instruction cache behind a change of protection.
        return VirtualProtect(memory, (nuint)code.Length, PageExecuteRead, out _) != 0 ? (byte*)memory : null;
    }

    [LibraryImport(LibraryOfC, EntryPoint = "mmap")]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport(LibraryOfC, EntryPoint = "mprotect")]
    private static partial int ProtectMemory(nint address, nuint length, int protection);

    [LibraryImport(LibraryOfC, EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint length);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualProtect(nint address, nuint size, uint protection, out uint before);
}
