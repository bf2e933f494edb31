namespace ModelBuild.Compiler.Graphs;

/// <summary>Element types, numbered as ONNX numbers them (TensorProto.DataType).</summary>
internal enum DataType
{
    Undefined = 0,
    Float32 = 1,
    UInt8 = 2,
    Int8 = 3,
    UInt16 = 4,
    Int16 = 5,
    Int32 = 6,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Float16 = 10,
    Float64 = 11,
    UInt32 = 12,
    UInt64 = 13,
    Complex64 = 14,
    Complex128 = 15,
    BFloat16 = 16,
    Float8E4M3FN = 17,
    Float8E4M3FNUZ = 18,
    Float8E5M2 = 19,
    Float8E5M2FNUZ = 20,
    UInt4 = 21,
    Int4 = 22,
    Float4E2M1 = 23,
    Float8E8M0 = 24,
    UInt2 = 25,
    Int2 = 26,
}

internal static class DataTypes
{
    /// <summary>Bytes of one element; 0 for types that are not stored in whole bytes or not in fixed ones.</summary>
    public static int Size(this DataType type) => type switch
    {
        DataType.UInt8 or DataType.Int8 or DataType.Bool => 1,
        DataType.UInt16 or DataType.Int16 or DataType.Float16 or DataType.BFloat16 => 2,
        DataType.Float32 or DataType.Int32 or DataType.UInt32 => 4,
        DataType.Float64 or DataType.Int64 or DataType.UInt64 => 8,
        _ => 0,
    };

    public static bool IsFloat(this DataType type) => type is DataType.Float32 or DataType.Float64 or DataType.Float16 or DataType.BFloat16;

    public static bool IsInteger(this DataType type) => type is DataType.UInt8 or DataType.Int8 or DataType.UInt16 or DataType.Int16
        or DataType.UInt32 or DataType.Int32 or DataType.UInt64 or DataType.Int64;

    public static bool IsNumeric(this DataType type) => type.IsFloat() || type.IsInteger();
}
