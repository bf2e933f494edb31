namespace ModelBuild.Runtime.Kernels;

/// <summary>What <see cref="DequantizingVnni512"/> needs of rows and columns, once everything is pinned.</summary>
internal unsafe struct DequantizedRows
{
    /// <summary>Of each row.</summary>
    public RowParameters* Parameters;

    /// <summary>Per padded column: sums of weights.</summary>
    public float* WeightSums;

    /// <summary>Per padded column: scales of weights.</summary>
    public float* Scales;

    /// <summary>Per padded column.</summary>
    public float* Bias;
}
