using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Which elements of a constant share a scale: those of one index along an axis, or blocks of neighbours along it. Counted as ONNX counts
/// the scales of DequantizeLinear.
/// </summary>
internal sealed class CodeGroups
{
    /// <summary>Neighbours of a block, where codes have 4 bits and where those of 16 bits are cut: what plans look for, too.</summary>
    public const int UsualBlock = 32;

    private readonly int _axisLength;
    private readonly int _inner;
    private readonly int _outer;
    private readonly int _blocks;

    private CodeGroups(Tensor constant, int axis, int blockSize)
    {
        Axis = axis;
        BlockSize = blockSize;
        _axisLength = (int)constant.Dimensions[axis];
        _inner = (int)constant.Shape.Product(axis + 1, constant.Rank).Value;
        _outer = (int)constant.Shape.Product(0, axis).Value;
        _blocks = blockSize == 0 ? 0 : (_axisLength + blockSize - 1) / blockSize;
        Count = blockSize == 0 ? _axisLength : _outer * _blocks * _inner;
        Dimensions = blockSize == 0
            ? [_axisLength] : [.. constant.Dimensions.Select((d, i) => i == axis ? _blocks : d)];
    }

    /// <summary>The axis of the scales, or that is cut in blocks.</summary>
    public int Axis { get; }

    /// <summary>Elements of a block; 0 where there is a scale for each index along the axis.</summary>
    public int BlockSize { get; }

    /// <summary>How many groups there are.</summary>
    public int Count { get; }

    /// <summary>Of the tensor of scales.</summary>
    public long[] Dimensions { get; }

    /// <summary>A scale for each index along an axis.</summary>
    public static CodeGroups Whole(Tensor constant, int axis) => new(constant, axis, 0);

    /// <summary>A scale for each block along an axis.</summary>
    public static CodeGroups Blocks(Tensor constant, int axis, int size) => new(constant, axis, size);

    /// <summary>The group of an element.</summary>
    public int Of(int element)
    {
        (int row, int place) = Math.DivRem(element, _inner);
        (int outer, int index) = Math.DivRem(row, _axisLength);
        return BlockSize == 0 ? index : (((outer * _blocks) + (index / BlockSize)) * _inner) + place;
    }

    /// <summary>The largest magnitude of each group.</summary>
    /// <param name="values">The elements of the constant.</param>
    public float[] LargestOf(ReadOnlySpan<float> values)
    {
        var largest = new float[Count];
        for (int row = 0; row < _outer * _axisLength; row++)
        {
            ReadOnlySpan<float> run = values.Slice(row * _inner, _inner);
            int group = Of(row * _inner);
            for (int i = 0; i < run.Length; i++)
            {
                ref float most = ref largest[BlockSize == 0 ? group : group + i];
                most = MathF.Max(most, MathF.Abs(run[i]));
            }
        }

        return largest;
    }

    /// <summary>The elements of a group: runs of so many neighbours in a stride.</summary>
    /// <param name="group">The group.</param>
    /// <param name="elements">Gets them, in order.</param>
    public void Elements(int group, List<int> elements)
    {
        elements.Clear();
        if (BlockSize == 0)
        {
            for (int outer = 0; outer < _outer; outer++)
            {
                int first = ((outer * _axisLength) + group) * _inner;
                for (int i = 0; i < _inner; i++)
                {
                    elements.Add(first + i);
                }
            }

            return;
        }

        (int row, int place) = Math.DivRem(group, _inner);
        (int start, int block) = Math.DivRem(row, _blocks);
        int end = Math.Min((block + 1) * BlockSize, _axisLength);
        for (int i = block * BlockSize; i < end; i++)
        {
            elements.Add((((start * _axisLength) + i) * _inner) + place);
        }
    }
}
