namespace ModelBuild.Runtime.Cpu;

/// <summary>Sets of instructions that kernels are written for. Results are the same on all: integers to the bit, floats within rounding.</summary>
internal enum Tier
{
    /// <summary>Plain code: the definition.</summary>
    Scalar,
}
