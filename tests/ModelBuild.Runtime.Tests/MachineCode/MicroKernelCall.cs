using Iced.Intel;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.MachineCode;

/// <summary>A call of a micro-kernel as a driver makes it, which goes on with the same arguments.</summary>
internal static unsafe class MicroKernelCall
{
    /// <summary>Runs a kernel. Of the arguments, only what is the kernel's own may change.</summary>
    public static void Run(Interpreter interpreter, bool isWindows, MicroKernelArguments* arguments)
    {
        interpreter.Allow(arguments, sizeof(MicroKernelArguments), isWritable: true);
        MicroKernelArguments before = *arguments;
        interpreter.Run(isWindows ? Register.RCX : Register.RDI, arguments);
        MicroKernelArguments after = *arguments;
        after.Working = before.Working;

        // Nobody goes on with what was kept there.
        MicroKernelArguments sample;
        int kept = (int)(sample.Kept - (byte*)&sample);
        Span<byte> was = new(&before, sizeof(MicroKernelArguments));
        Span<byte> became = new(&after, sizeof(MicroKernelArguments));
        Assert.True(was[..kept].SequenceEqual(became[..kept]), "The arguments were changed, and a driver goes on with them.");
    }
}
