namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sixteen floats, one per output of a panel, in the registers of a tier. The epilogues are written once over it; a tier only says how
/// it loads, stores and calculates. No operation reassociates or approximates, and only one may fuse.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IEpilogueLanes<TSelf>
    where TSelf : struct, IEpilogueLanes<TSelf>
{
    /// <summary>Sixteen times the same.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Sixteen floats.</summary>
    static abstract TSelf LoadFloat32(float* source);

    /// <summary>Sixteen int32, converted with rounding to nearest even.</summary>
    static abstract TSelf LoadInt32(int* source);

    /// <summary>Sixteen bytes less their zero point.</summary>
    static abstract TSelf LoadUInt8(byte* source, int zeroPoint);

    /// <summary>The product.</summary>
    static abstract TSelf Multiply(TSelf left, TSelf right);

    /// <summary>The sum.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>A product and a sum, fused where the tier can: only for sums of products of floats, never in an epilogue.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The value, or the bound that it is beyond; NaN stays.</summary>
    static abstract TSelf Clamp(TSelf value, TSelf minimum, TSelf maximum);

    /// <summary>Stores sixteen floats.</summary>
    static abstract void StoreFloat32(TSelf value, float* target);

    /// <summary>Rounds half to even, adds the zero point and stores sixteen bytes. The sums are in 0 to 255 already.</summary>
    static abstract void StoreUInt8(TSelf value, int zeroPoint, byte* target);
}
