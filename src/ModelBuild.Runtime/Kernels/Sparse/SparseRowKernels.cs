using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sparse kernels for one row of a matrix, written once for all managed tiers: as many lanes at a time as a register has, whose inputs are
/// fetched one by one and whose weights lie side by side. Equal to those of <see cref="SparseScalar"/> to the bit.
/// </summary>
internal static unsafe class SparseRowKernels<TLanes, TWeights, TInput>
    where TLanes : struct, ISparseLanes<TLanes, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    /// <summary>Blocks of <typeparamref name="TOutputs"/> outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TOutputs>(SparseRowArguments* arguments)
        where TOutputs : struct, IRows
    {
        const int Lanes = SparseRowPacking.Lanes;
        const int OutputBytes = Lanes * WeightPacking.QuadLength;
        int* target = arguments->Sums;
        for (int panel = 0; panel < arguments->Panels; panel++, target += TOutputs.Count * Lanes)
        {
            nint first = arguments->Starts[panel];
            nint end = arguments->Starts[panel + 1];
            for (int lane = 0; lane < Lanes; lane += TLanes.Count)
            {
                byte* lanes = arguments->Lanes + (first * Lanes) + lane;
                sbyte* values = arguments->Values + (first * TOutputs.Count * OutputBytes) + (lane * WeightPacking.QuadLength);
                TLanes a = TLanes.Broadcast(0);
                TLanes b = a;
                for (nint step = first; step < end; step++, lanes += Lanes, values += TOutputs.Count * OutputBytes)
                {
                    byte* window = arguments->Input + (arguments->Windows[step] * SparseRowPacking.WindowStepBytes);
                    TInput input = TLanes.Gather(window, lanes);
                    a = TLanes.MultiplyAdd(a, input, TLanes.LoadOwnWeights(values));
                    if (TOutputs.Count > 1)
                    {
                        b = TLanes.MultiplyAdd(b, input, TLanes.LoadOwnWeights(values + OutputBytes));
                    }
                }

                TLanes.Store(a, target + lane);
                if (TOutputs.Count > 1)
                {
                    TLanes.Store(b, target + Lanes + lane);
                }
            }
        }
    }
}
