using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Gives integers of 2 and 4 bits a byte each: they are a way to store codes, and all that computes with codes knows whole bytes.
/// <code>
///   W (u4, packed) ──► DequantizeLinear        ⇒        W (u8) ──► DequantizeLinear
///   x ──► QuantizeLinear (i4)                  ⇒        x ──► QuantizeLinear (i8) ──► Clip −8 … 7
/// </code>
/// They stay what they are, and are refused by whoever reads them, where more than their numbers counts: as ports, as the type that a
/// conversion is to make, and where their bits are understood anew.
/// </summary>
internal static class SmallIntegers
{
    /// <param name="graph">
    /// Before inference: only constants, and outputs that the file declares so, have types of fewer than 8 bits.
    /// </param>
    /// <exception cref="OnnxFormatException">An output of the model is of such a type.</exception>
    public static void Widen(Graph graph)
    {
        if (graph.Outputs.FirstOrDefault(o => Bits(o.Type) > 0) is { } output)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"output '{output.Name}' has elements of type {output.Type}, which are not supported. Cut the model before it makes them");
        }

        foreach (Graph each in graph.AllGraphs())
        {
            foreach (Node node in each.Nodes.Where(n => n.Is("QuantizeLinear") && n.Outputs is [{ }]).ToArray())
            {
                Saturate(each, node);
            }

            foreach (Value value in each.Values().Where(v => v.Constant is not null && Bits(v.Type) > 0 && v.Consumers.All(ReadsNumbers)))
            {
                value.Constant = Unpack(value.Constant!);
                value.Type = value.Constant.Type;
            }
        }
    }

    /// <summary>Bits of an element; 0 for types of whole bytes.</summary>
    public static int Bits(DataType type) => type switch
    {
        DataType.UInt4 or DataType.Int4 => 4,
        DataType.UInt2 or DataType.Int2 => 2,
        _ => 0,
    };

    private static bool ReadsNumbers(Node reader) => !reader.Is("BitCast") && !reader.Is("CastLike");

    /// <summary>Codes of fewer bits are those of eight, cut off earlier.</summary>
    private static void Saturate(Graph graph, Node quantize)
    {
        long declared = quantize.Attributes.GetValueOrDefault("output_dtype")?.Raw is long type ? type : 0;
        DataType small = quantize.Input(2) is { } zeroPoint ? zeroPoint.Type : (DataType)declared;
        if (Bits(small) == 0)
        {
            return;
        }

        DataType whole = Whole(small);
        if (declared != 0)
        {
            quantize.Attributes["output_dtype"] = (long)whole;
        }

        int bits = Bits(small);
        (long low, long high) = whole == DataType.UInt8 ? (0, (1 << bits) - 1) : (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        Value codes = quantize.Output;
        Value wide = graph.NewValue($"{codes.Name}_wide", DataType.Undefined);
        quantize.SetOutput(0, wide);
        graph.Add(new Node(
            Domains.Onnx, "Clip", quantize.Name, [wide, Bound("low", low), Bound("high", high)], [codes]));

        Value Bound(string name, long code) => graph.NewConstant($"{codes.Name}_{name}", Tensor.FromInt64s(whole, [code]));
    }

    private static DataType Whole(DataType small) => small is DataType.UInt4 or DataType.UInt2 ? DataType.UInt8 : DataType.Int8;

    /// <summary>The first element lies in the lowest bits of a byte.</summary>
    private static Tensor Unpack(Tensor packed)
    {
        ReadOnlySpan<byte> source = packed.Data.Span;
        int bits = Bits(packed.Type);
        int inByte = 8 / bits;
        var codes = new byte[packed.Length];
        DataType whole = Whole(packed.Type);
        for (int i = 0; i < codes.Length; i++)
        {
            // To the top of the byte, and back with or without its sign.
            byte top = unchecked((byte)(source[i / inByte] << (8 - bits - (i % inByte * bits))));
            codes[i] = unchecked((byte)(whole == DataType.UInt8 ? top >> (8 - bits) : (sbyte)top >> (8 - bits)));
        }

        return new Tensor(whole, [.. packed.Dimensions], codes);
    }
}
