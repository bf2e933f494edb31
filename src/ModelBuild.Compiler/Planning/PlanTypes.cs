using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>Element types of the graph and of the plan, and what the runtime calls them.</summary>
internal static class PlanTypes
{
    public static PlanType ToPlanType(this DataType type) => type switch
    {
        DataType.Float32 => PlanType.F32,
        DataType.Float64 => PlanType.F64,
        DataType.UInt8 => PlanType.U8,
        DataType.Int8 => PlanType.S8,
        DataType.UInt16 => PlanType.U16,
        DataType.Int16 => PlanType.S16,
        DataType.Int32 => PlanType.S32,
        DataType.Int64 => PlanType.S64,
        DataType.Bool => PlanType.Bool,
        _ => throw new NotSupportedException($"Tensors of type {type} do not exist at run time."),
    };

    public static DataType ToDataType(this PlanType type) => type switch
    {
        PlanType.F32 => DataType.Float32,
        PlanType.F64 => DataType.Float64,
        PlanType.U8 => DataType.UInt8,
        PlanType.S8 => DataType.Int8,
        PlanType.U16 => DataType.UInt16,
        PlanType.S16 => DataType.Int16,
        PlanType.S32 => DataType.Int32,
        PlanType.S64 => DataType.Int64,
        _ => DataType.Bool,
    };

    public static int Size(this PlanType type) => type.ToDataType().Size();

    /// <summary>The method of <c>ModelWeights</c> and <c>ArenaLease</c> that gives a span of the type.</summary>
    public static string Accessor(PlanType type) => type switch
    {
        PlanType.F32 => "Float32",
        PlanType.F64 => "Float64",
        PlanType.U8 => "UInt8",
        PlanType.S8 => "Int8",
        PlanType.U16 => "UInt16",
        PlanType.S16 => "Int16",
        PlanType.S32 => "Int32",
        PlanType.S64 => "Int64",
        _ => "Bool",
    };
}
