namespace ModelBuild.Plan;

/// <summary>
/// An argument of a kernel call. A plan names kernels and parameters as C# does, so the generator writes the call as it stands and
/// the interpreter binds it to the same method: what was validated is what ships, and a new operator needs neither of them changed.
/// </summary>
internal abstract record PlanArgument
{
    public static implicit operator PlanArgument(Dimension value) => new IntegerArgument(value);

    public static implicit operator PlanArgument(long value) => new IntegerArgument(value);

    public static implicit operator PlanArgument(float value) => new FloatArgument(value);

    public static implicit operator PlanArgument(bool value) => new BooleanArgument(value);
}

/// <summary>The memory of a tensor, as a span of its element type.</summary>
internal sealed record TensorArgument(int Tensor) : PlanArgument;

/// <summary>A constant, as a read-only span of its element type.</summary>
internal sealed record ConstantArgument(int Constant) : PlanArgument;

/// <summary>A part of the arena that no tensor owns: scratch memory of one step, as a span of bytes.</summary>
/// <param name="Offset">Bytes from the region's start.</param>
/// <param name="Length">Bytes. Zero stands for an empty span.</param>
internal sealed record ScratchArgument(Dimension Offset, Dimension Length) : PlanArgument
{
    /// <summary>As in <see cref="PlanTensor.Region"/>.</summary>
    public int Region { get; init; }
}

/// <summary>A whole number: a size, a zero point. Bound to <c>int</c>, <c>long</c> or <c>byte</c> parameters.</summary>
internal sealed record IntegerArgument(Dimension Value) : PlanArgument;

/// <summary>A number. Infinities are allowed: they stand for "no bound".</summary>
internal sealed record FloatArgument(float Value) : PlanArgument;

/// <summary>A truth value.</summary>
internal sealed record BooleanArgument(bool Value) : PlanArgument;

/// <summary>How many threads the caller lets work on the step: a step that has it is worth more than one.</summary>
internal sealed record ThreadsArgument : PlanArgument
{
    /// <summary>Its text in a plan.</summary>
    public const string Word = "threads";
}

/// <summary>A list of whole numbers, as a read-only span of <c>int</c>.</summary>
internal sealed record IntegersArgument(EquatableArray<Dimension> Values) : PlanArgument;

/// <summary>A constructor (<c>ConvolutionShape</c>) or a static method (<c>Epilogue.ToUInt8</c>) with arguments by name.</summary>
/// <param name="Target">Type, or type and method, within <c>ModelBuild.Runtime.Kernels</c>.</param>
/// <param name="Arguments">By parameter name. Optional parameters at their default are left out.</param>
internal sealed record PlanCall(string Target, EquatableArray<PlanNamedArgument> Arguments) : PlanArgument
{
    /// <summary>
    /// Type arguments of a generic method, where they do not follow from the spans that it writes: <c>Comparison.Less&lt;long&gt;</c>.
    /// </summary>
    public EquatableArray<PlanType> Types { get; init; } = EquatableArray<PlanType>.Empty;
}

/// <summary>An argument with the name of its parameter.</summary>
internal sealed record PlanNamedArgument(string Name, PlanArgument Value);
