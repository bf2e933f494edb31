namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen floats that sum up products, lane by lane.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IProductLanes<TSelf>
    where TSelf : struct, IProductLanes<TSelf>
{
    /// <summary>Sixteen floats.</summary>
    static abstract TSelf LoadFloat32(float* source);

    /// <summary>A product and a sum, fused or not as the type decides: only for sums of products of floats, never in an epilogue.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>Stores sixteen floats.</summary>
    static abstract void StoreFloat32(TSelf value, float* target);
}
