using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>TensorShapeProto.Dimension: a number, a name, or neither.</summary>
internal sealed record DimensionMessage(long? Value, string Name)
{
    public static DimensionMessage Read(WireReader reader)
    {
        var dimension = new DimensionMessage(null, string.Empty);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    dimension = dimension with { Value = reader.Int() };
                    break;
                case 2:
                    dimension = dimension with { Name = reader.Text() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return dimension;
    }
}
