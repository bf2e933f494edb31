using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Cpu;

/// <summary>Kernels of machine code, each of which is made when it is first called: a model calls few of them.</summary>
/// <param name="count">How many there are.</param>
/// <param name="write">Writes one.</param>
/// <param name="isAvx2">Whether they are of AVX2, not of AVX-512.</param>
internal sealed unsafe class MachineCodeKernels(int count, MachineCodeKernels.Writer write, bool isAvx2 = false)
{
    private readonly nint[] _kernels = new nint[count];

    /// <summary>Writes a kernel.</summary>
    /// <param name="assembler">Where to.</param>
    /// <param name="index">Which one.</param>
    /// <param name="isWindows">Whether the argument comes as Windows hands it over.</param>
    internal delegate void Writer(Assembler assembler, int index, bool isWindows);

    /// <summary>Where a kernel begins.</summary>
    /// <exception cref="OutOfMemoryException">
    /// The system has no page for it. Code of ours is allowed: some ran before a tier was chosen that has such kernels.
    /// </exception>
    public nint this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _kernels[index] is not 0 and nint kernel ? kernel : Make(index);
    }

    /// <summary>Threads that come at the same time may each make it; one of the two stays unused.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Make(int index)
    {
        var assembler = new Assembler(isAvx2);
        write(assembler, index, OperatingSystem.IsWindows());
        byte* code = ExecutableMemory.Map(assembler.ToArray());
        if (code is null)
        {
            throw new OutOfMemoryException("There is no memory for machine code.");
        }

        return _kernels[index] = (nint)code;
    }
}
