using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Machine code of our own for depthwise convolution of bytes to bytes: pixels × a block of channels, a kernel for each number of taps,
/// which is written when it is first called.
/// </summary>
internal sealed unsafe class DepthwiseCode
{
    /// <summary>Taps of the largest window.</summary>
    public const int MaximumTaps = 64;

    /// <summary>Channels of the largest block.</summary>
    public const int MaximumChannels = 64;

    private readonly MachineCodeKernels _kernels;
    private readonly delegate*<sbyte*, nint, int, int*, float*, int, byte*, void> _prepare;
    private readonly delegate*<int, int> _blockBytes;

    private DepthwiseCode(
        int channels, int fewestChannels, bool isAvx2, delegate*<int, int> blockBytes,
        delegate*<sbyte*, nint, int, int*, float*, int, byte*, void> prepare, MachineCodeKernels.Writer write)
    {
        Channels = channels;
        FewestChannels = fewestChannels;
        _blockBytes = blockBytes;
        _prepare = prepare;
        _kernels = new MachineCodeKernels(MaximumTaps, write, isAvx2);
    }

    /// <summary><see cref="DepthwiseVnni512"/>. With fewer than 48 channels a block is more than a quarter idle.</summary>
    public static DepthwiseCode Vnni512 => field ??= new(
        DepthwiseVnni512.Channels, 48, isAvx2: false, &DepthwiseVnni512.BlockBytes, &DepthwiseVnni512.Prepare,
        static (a, index, isWindows) => DepthwiseVnni512.Write(a, index + 1, isWindows));

    /// <summary><see cref="DepthwiseBlockAvx2"/>, whose blocks are whole.</summary>
    public static DepthwiseCode Avx2 => field ??= new(
        DepthwiseBlockAvx2.Channels, DepthwiseBlockAvx2.Channels, isAvx2: true, &DepthwiseBlockAvx2.BlockBytes,
        &DepthwiseBlockAvx2.Prepare, static (a, index, isWindows) => DepthwiseBlockAvx2.Write(a, index + 1, isWindows));

    /// <summary>Channels of a block.</summary>
    public int Channels { get; }

    /// <summary>With fewer channels, other kernels are faster, or these hold for none.</summary>
    public int FewestChannels { get; }

    /// <summary>Bytes of a block's bias, multipliers and weights.</summary>
    public int BlockBytes(int taps) => _blockBytes(taps);

    /// <summary>Brings what belongs to a block's channels into the order of the accumulators.</summary>
    /// <param name="weights">The first channel of the first tap.</param>
    /// <param name="tapStep">From one tap to the next.</param>
    /// <param name="taps">How many there are.</param>
    /// <param name="bias">Of the first channel.</param>
    /// <param name="multipliers">Of the first channel.</param>
    /// <param name="channels">How many exist: the memory reaches to the next multiple of 16.</param>
    /// <param name="block">The target, <see cref="BlockBytes"/>.</param>
    public void Prepare(sbyte* weights, nint tapStep, int taps, int* bias, float* multipliers, int channels, byte* block) =>
        _prepare(weights, tapStep, taps, bias, multipliers, channels, block);

    /// <summary>Runs the kernel of a number of taps.</summary>
    public void Run(int taps, DepthwiseStripArguments* arguments) =>
        ((delegate* unmanaged[SuppressGCTransition]<DepthwiseStripArguments*, void>)_kernels[taps - 1])(arguments);
}
