using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>Element types of the graph and of the plan, and what the runtime calls them.</summary>
internal static class PlanTypes
{
    public static PlanType ToPlanType(this DataType type) => type switch
    {
        DataType.Float16 => PlanType.F16,
        DataType.Float32 => PlanType.F32,
        DataType.Float64 => PlanType.F64,
        DataType.UInt8 => PlanType.U8,
        DataType.Int8 => PlanType.S8,
        DataType.UInt16 => PlanType.U16,
        DataType.Int16 => PlanType.S16,
        DataType.UInt32 => PlanType.U32,
        DataType.Int32 => PlanType.S32,
        DataType.UInt64 => PlanType.U64,
        DataType.Int64 => PlanType.S64,
        DataType.Bool => PlanType.Bool,
        _ => throw new NotSupportedException($"Tensors of type {type} do not exist at run time."),
    };

    public static DataType ToDataType(this PlanType type) => type switch
    {
        PlanType.F16 => DataType.Float16,
        PlanType.F32 => DataType.Float32,
        PlanType.F64 => DataType.Float64,
        PlanType.U8 => DataType.UInt8,
        PlanType.S8 => DataType.Int8,
        PlanType.U16 => DataType.UInt16,
        PlanType.S16 => DataType.Int16,
        PlanType.U32 => DataType.UInt32,
        PlanType.S32 => DataType.Int32,
        PlanType.U64 => DataType.UInt64,
        PlanType.S64 => DataType.Int64,
        _ => DataType.Bool,
    };

    public static int Size(this PlanType type) => type.ToDataType().Size();

    /// <summary>The type of C#, which the spans of a tensor have as elements.</summary>
    public static Type ToElementType(this PlanType type) => type switch
    {
        PlanType.F16 => typeof(Half),
        PlanType.F32 => typeof(float),
        PlanType.F64 => typeof(double),
        PlanType.U8 => typeof(byte),
        PlanType.S8 => typeof(sbyte),
        PlanType.U16 => typeof(ushort),
        PlanType.S16 => typeof(short),
        PlanType.U32 => typeof(uint),
        PlanType.S32 => typeof(int),
        PlanType.U64 => typeof(ulong),
        PlanType.S64 => typeof(long),
        _ => typeof(bool),
    };
}
