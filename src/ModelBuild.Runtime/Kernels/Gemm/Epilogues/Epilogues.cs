using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The epilogues over the lanes of a tier: accumulators are loaded and scaled, something may be added, the sum is clamped and stored.
/// Equal to those of <see cref="ScalarMicroKernels"/> to the bit.
/// </summary>
internal static unsafe class Epilogues<TLanes>
    where TLanes : struct, IEpilogueLanes<TLanes>
{
    /// <summary>Bytes of sixteen elements of any type.</summary>
    private const int LargestRow = WeightPacking.PanelWidth * sizeof(float);

    /// <summary>The one of a kind.</summary>
    public static delegate*<EpilogueArguments*, void> For(EpilogueKind kind) => kind switch
    {
        EpilogueKind.ToUInt8 => &Run<Scaled, Nothing, Bytes>,
        EpilogueKind.AddToUInt8 => &Run<Scaled, Bytes, Bytes>,
        EpilogueKind.AddAccumulatorsToUInt8 => &Run<Scaled, Accumulators, Bytes>,
        EpilogueKind.GateToUInt8 => &Gate,
        EpilogueKind.ToInt32 => &CopyAccumulators,
        EpilogueKind.ToFloat32 => &Run<Scaled, Nothing, Floats>,
        EpilogueKind.AddToFloat32 => &Run<Scaled, Floats, Floats>,
        EpilogueKind.OffsetToFloat32 => &Run<Scaled, Offsets, Floats>,
        EpilogueKind.Store => &Run<Plain, Nothing, Floats>,
        _ => &Run<Plain, Floats, Floats>,
    };

    /// <summary>The same, where precompiled code is used.</summary>
    public static delegate*<EpilogueArguments*, void> AtStart(EpilogueKind kind) => kind switch
    {
        EpilogueKind.ToUInt8 => &RunAtStart<Scaled, Nothing, Bytes>,
        EpilogueKind.AddToUInt8 => &RunAtStart<Scaled, Bytes, Bytes>,
        EpilogueKind.AddAccumulatorsToUInt8 => &RunAtStart<Scaled, Accumulators, Bytes>,
        EpilogueKind.GateToUInt8 => &GateAtStart,
        EpilogueKind.ToInt32 => &CopyAccumulators,
        EpilogueKind.ToFloat32 => &RunAtStart<Scaled, Nothing, Floats>,
        EpilogueKind.AddToFloat32 => &RunAtStart<Scaled, Floats, Floats>,
        EpilogueKind.OffsetToFloat32 => &RunAtStart<Scaled, Offsets, Floats>,
        EpilogueKind.Store => &RunAtStart<Plain, Nothing, Floats>,
        _ => &RunAtStart<Plain, Floats, Floats>,
    };

    /// <summary>Where a value comes from.</summary>
    private interface ISource
    {
        static abstract TLanes Load(void* accumulators, TLanes multipliers);
    }

    /// <summary>What is added to it.</summary>
    private interface IAddend
    {
        static abstract int ElementSize { get; }

        static abstract TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint);
    }

    /// <summary>Where it goes.</summary>
    private interface ITarget
    {
        static abstract int ElementSize { get; }

        static abstract void Store(TLanes value, int zeroPoint, byte* output);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSource, TAddend, TTarget>(EpilogueArguments* arguments)
        where TSource : struct, ISource
        where TAddend : struct, IAddend
        where TTarget : struct, ITarget
    {
        byte* row = stackalloc byte[LargestRow];
        Finish<TSource, TAddend, TTarget>(arguments, row);
    }

    [SkipLocalsInit]
    private static void RunAtStart<TSource, TAddend, TTarget>(EpilogueArguments* arguments)
        where TSource : struct, ISource
        where TAddend : struct, IAddend
        where TTarget : struct, ITarget
    {
        byte* row = stackalloc byte[LargestRow];
        Finish<TSource, TAddend, TTarget>(arguments, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TSource, TAddend, TTarget>(EpilogueArguments* arguments, byte* row)
        where TSource : struct, ISource
        where TAddend : struct, IAddend
        where TTarget : struct, ITarget
    {
        byte* accumulators = (byte*)arguments->Accumulators;
        byte* residual = (byte*)arguments->Residual + (arguments->FirstElement * TAddend.ElementSize);
        byte* output = (byte*)arguments->Output + (arguments->FirstElement * TTarget.ElementSize);
        nint residualStep = (nint)arguments->Channels * TAddend.ElementSize;
        nint outputStep = (nint)arguments->Channels * TTarget.ElementSize;
        int zeroPoint = arguments->ZeroPoint;
        int residualZeroPoint = arguments->ResidualZeroPoint;
        TLanes minimum = TLanes.Broadcast(arguments->Minimum);
        TLanes maximum = TLanes.Broadcast(arguments->Maximum);
        TLanes multipliers = typeof(TSource) == typeof(Scaled)
            ? TLanes.LoadFloat32(arguments->Multipliers + arguments->FirstLane)
            : default;
        TLanes residualMultipliers = typeof(TAddend) == typeof(Accumulators) || typeof(TAddend) == typeof(Offsets)
            ? TLanes.LoadFloat32(arguments->ResidualMultipliers + arguments->FirstLane)
            : TLanes.Broadcast(arguments->ResidualMultiplier);

        if (arguments->Lanes == WeightPacking.PanelWidth)
        {
            for (int pixel = arguments->Pixels; pixel > 0; pixel--)
            {
                TLanes value = TSource.Load(accumulators, multipliers);
                value = TAddend.Add(value, residual, residualMultipliers, residualZeroPoint);
                TTarget.Store(TLanes.Clamp(value, minimum, maximum), zeroPoint, output);
                accumulators += LargestRow;
                residual += residualStep;
                output += outputStep;
            }

            return;
        }

        // The last panel's missing channels belong to the next pixel, or to nobody: go through a row of our own.
        for (int pixel = arguments->Pixels; pixel > 0; pixel--)
        {
            TLanes value = TSource.Load(accumulators, multipliers);
            CopyRow(residual, row, arguments->Lanes * TAddend.ElementSize);
            value = TAddend.Add(value, row, residualMultipliers, residualZeroPoint);
            TTarget.Store(TLanes.Clamp(value, minimum, maximum), zeroPoint, row);
            CopyRow(row, output, arguments->Lanes * TTarget.ElementSize);
            accumulators += LargestRow;
            residual += residualStep;
            output += outputStep;
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate(EpilogueArguments* arguments)
    {
        byte* row = stackalloc byte[WeightPacking.PanelWidth];
        FinishGate(arguments, row);
    }

    [SkipLocalsInit]
    private static void GateAtStart(EpilogueArguments* arguments)
    {
        byte* row = stackalloc byte[WeightPacking.PanelWidth];
        FinishGate(arguments, row);
    }

    /// <summary>Nothing here is fused, so that all tiers round alike.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FinishGate(EpilogueArguments* arguments, byte* row)
    {
        byte* accumulators = (byte*)arguments->Accumulators;
        byte* output = (byte*)arguments->Output + arguments->FirstElement;
        float* affine = arguments->ResidualMultipliers + arguments->FirstLane;
        TLanes multipliers = TLanes.LoadFloat32(arguments->Multipliers + arguments->FirstLane);
        TLanes factors = TLanes.LoadFloat32(affine);
        TLanes terms = TLanes.LoadFloat32(affine + arguments->TermsOffset);
        TLanes slope = TLanes.Broadcast(arguments->GateSlope);
        TLanes offset = TLanes.Broadcast(arguments->GateOffset);
        TLanes zero = TLanes.Broadcast(0);
        TLanes one = TLanes.Broadcast(1);
        TLanes minimum = TLanes.Broadcast(arguments->Minimum);
        TLanes maximum = TLanes.Broadcast(arguments->Maximum);
        for (int pixel = arguments->Pixels; pixel > 0; pixel--)
        {
            TLanes value = TLanes.Multiply(TLanes.LoadInt32((int*)accumulators), multipliers);
            TLanes gate = TLanes.Clamp(TLanes.Add(TLanes.Multiply(value, slope), offset), zero, one);
            value = TLanes.Add(TLanes.Multiply(TLanes.Multiply(value, gate), factors), terms);
            value = TLanes.Clamp(value, minimum, maximum);
            if (arguments->Lanes == WeightPacking.PanelWidth)
            {
                TLanes.StoreUInt8(value, arguments->ZeroPoint, output);
            }
            else
            {
                // The last panel's missing channels belong to the next pixel, or to nobody.
                TLanes.StoreUInt8(value, arguments->ZeroPoint, row);
                CopyRow(row, output, arguments->Lanes);
            }

            accumulators += LargestRow;
            output += arguments->Channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyAccumulators(EpilogueArguments* arguments)
    {
        byte* accumulators = (byte*)arguments->Accumulators;
        int* output = (int*)arguments->Output + arguments->FirstElement;
        for (int pixel = arguments->Pixels; pixel > 0; pixel--)
        {
            CopyRow(accumulators, (byte*)output, arguments->Lanes * sizeof(int));
            accumulators += LargestRow;
            output += arguments->Channels;
        }
    }

    /// <summary>Copies a few bytes; a call for every pixel would cost more than the pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(byte* source, byte* target, int bytes)
    {
        int offset = 0;
        for (; bytes - offset >= Vector128<byte>.Count; offset += Vector128<byte>.Count)
        {
            Vector128.LoadUnsafe(ref source[offset]).StoreUnsafe(ref target[offset]);
        }

        if ((bytes & sizeof(long)) != 0)
        {
            Unsafe.WriteUnaligned(target + offset, Unsafe.ReadUnaligned<long>(source + offset));
            offset += sizeof(long);
        }

        if ((bytes & sizeof(int)) != 0)
        {
            Unsafe.WriteUnaligned(target + offset, Unsafe.ReadUnaligned<int>(source + offset));
            offset += sizeof(int);
        }

        if ((bytes & sizeof(short)) != 0)
        {
            Unsafe.WriteUnaligned(target + offset, Unsafe.ReadUnaligned<short>(source + offset));
            offset += sizeof(short);
        }

        if ((bytes & sizeof(byte)) != 0)
        {
            target[offset] = source[offset];
        }
    }

    /// <summary>Int32 accumulators times multipliers.</summary>
    private readonly struct Scaled : ISource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Load(void* accumulators, TLanes multipliers)
            => TLanes.Multiply(TLanes.LoadInt32((int*)accumulators), multipliers);
    }

    /// <summary>Float accumulators.</summary>
    private readonly struct Plain : ISource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Load(void* accumulators, TLanes multipliers) => TLanes.LoadFloat32((float*)accumulators);
    }

    /// <summary>No residual.</summary>
    private readonly struct Nothing : IAddend
    {
        public static int ElementSize => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint) => value;
    }

    /// <summary>A number per channel.</summary>
    private readonly struct Offsets : IAddend
    {
        public static int ElementSize => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint) => TLanes.Add(value, multipliers);
    }

    /// <summary>A residual of int32, with a multiplier per channel.</summary>
    private readonly struct Accumulators : IAddend
    {
        public static int ElementSize => sizeof(int);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint)
            => TLanes.Add(value, TLanes.Multiply(TLanes.LoadInt32((int*)residual), multipliers));
    }

    /// <summary>A residual, or the output, of bytes.</summary>
    private readonly struct Bytes : IAddend, ITarget
    {
        public static int ElementSize => sizeof(byte);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint)
            => TLanes.Add(value, TLanes.Multiply(TLanes.LoadUInt8(residual, zeroPoint), multipliers));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TLanes value, int zeroPoint, byte* output) => TLanes.StoreUInt8(value, zeroPoint, output);
    }

    /// <summary>A residual, or the output, of floats.</summary>
    private readonly struct Floats : IAddend, ITarget
    {
        public static int ElementSize => sizeof(float);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Add(TLanes value, byte* residual, TLanes multipliers, int zeroPoint)
            => TLanes.Add(value, TLanes.LoadFloat32((float*)residual));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TLanes value, int zeroPoint, byte* output) => TLanes.StoreFloat32(value, (float*)output);
    }
}
