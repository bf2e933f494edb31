using System.Collections.Concurrent;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>
/// Numbers beside tensors. TorchSharp makes a <see cref="Scalar"/> of a number, hands its bare pointer to LibTorch and lets go of it: a
/// garbage collection at that moment frees what LibTorch is about to read, which is an exception or another number. So the numbers of
/// formulas and models are held here for as long as the process runs, and those that change from step to step by who uses them.
/// </summary>
/// <remarks>Any thread may call it.</remarks>
internal static class Scalars
{
    private static readonly ConcurrentDictionary<long, Scalar> s_integers = new();

    /// <summary>By their bits: 0 and −0 are two.</summary>
    private static readonly ConcurrentDictionary<long, Scalar> s_reals = new();

    public static Scalar Of(long value) => s_integers.GetOrAdd(value, v => v);

    public static Scalar Of(double value) =>
        s_reals.GetOrAdd(BitConverter.DoubleToInt64Bits(value), v => BitConverter.Int64BitsToDouble(v));

    /// <summary>One of many: whoever takes it disposes of it behind the call that it is for, with <c>using</c>.</summary>
    public static Scalar Passing(double value) => value;

    /// <summary>0, 1, 2, … as int64, so many.</summary>
    public static Tensor UpTo(long count, torch.Device device) =>
        torch.arange(Of(0), Of(count), Of(1), torch.ScalarType.Int64, device);

    /// <summary>Sums have a factor for what is added, which TorchSharp makes anew each time.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, Of(1));

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor left, long right) => left.add(Of(right), Of(1));

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor left, double right) => left.add(Of(right), Of(1));
}
