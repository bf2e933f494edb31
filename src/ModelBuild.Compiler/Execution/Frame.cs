using System.Runtime.InteropServices;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Execution;

/// <summary>The memory of one run: what a bound step asks for its spans and sizes.</summary>
/// <param name="regions">The arena, and the regions that binding steps have added.</param>
/// <param name="extents">The values of the plan's distinct expressions, as far as they are known.</param>
internal sealed class Frame(PackedWeights weights, TensorPlace[] places, byte[][] regions, byte[][] ports, long[] extents)
{
    /// <summary>The value of one of the plan's distinct expressions.</summary>
    public long Extent(int index) => extents[index];

    public Span<T> Tensor<T>(int id)
        where T : unmanaged
    {
        TensorPlace place = places[id];
        byte[] memory = place.Port < 0 ? regions[place.Region] : ports[place.Port];
        return MemoryMarshal.Cast<byte, T>(memory.AsSpan(Int32(place.Offset)))[..Int32(place.Length)];
    }

    public ReadOnlySpan<T> Constant<T>(int id)
        where T : unmanaged => weights.Span<T>(id);

    /// <summary>The one element of a tensor or constant.</summary>
    public T Element<T>(PlanArgument argument)
        where T : unmanaged => argument is TensorArgument tensor
        ? Tensor<T>(tensor.Tensor)[0]
        : Constant<T>(((ConstantArgument)argument).Constant)[0];

    public Span<byte> Scratch(int region, int offset, int length) => regions[region].AsSpan(Int32(offset), Int32(length));

    /// <summary>The values of the expressions whose indices are some of a step's operands.</summary>
    public ReadOnlySpan<int> Int32s(int[] operands, int first, int count)
    {
        var values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Int32(operands[first + i]);
        }

        return values;
    }

    private int Int32(int index) => checked((int)extents[index]);
}

/// <summary>Where a tensor lies in a <see cref="Frame"/>.</summary>
/// <param name="Port">Index of a port buffer, those of the inputs first, or −1 for the arena.</param>
/// <param name="Region">Which part of the arena.</param>
/// <param name="Offset">Index of the expression for the byte offset.</param>
/// <param name="Length">Index of the expression for the number of elements.</param>
internal readonly record struct TensorPlace(int Port, int Region, int Offset, int Length);
