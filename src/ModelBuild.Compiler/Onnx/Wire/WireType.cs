namespace ModelBuild.Compiler.Onnx.Wire;

/// <summary>How a field lies in the bytes. Groups (3 and 4) were never part of ONNX.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
