using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One row of an operand of a binary kernel: neighbouring elements, or one element that stands for the whole row.</summary>
internal readonly ref struct Operand<T>(ref T first, bool isContiguous)
{
    /// <summary>The first element.</summary>
    public readonly ref T First = ref first;

    /// <summary>False when <see cref="First"/> stands for the whole row.</summary>
    public readonly bool IsContiguous = isContiguous;

    /// <summary>The first element as float32.</summary>
    public float Scalar
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Float32x1.Load(ref First, 0).Value;
    }
}
