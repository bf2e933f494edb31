namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sixteen floats, one per output of a panel, in the registers of a tier. The epilogues are written once over it; a tier only says how
/// it loads, stores and calculates. No operation reassociates, approximates or fuses but <see cref="IProductLanes{TSelf}.MultiplyAdd"/>.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IEpilogueLanes<TSelf> : IProductLanes<TSelf>
    where TSelf : struct, IEpilogueLanes<TSelf>
{
    /// <summary>Sixteen times the same.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Sixteen int32, converted with rounding to nearest even.</summary>
    static abstract TSelf LoadInt32(int* source);

    /// <summary>Sixteen bytes less their zero point.</summary>
    static abstract TSelf LoadUInt8(byte* source, int zeroPoint);

    /// <summary>The product.</summary>
    static abstract TSelf Multiply(TSelf left, TSelf right);

    /// <summary>The sum.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>The value, or the bound that it is beyond; NaN stays.</summary>
    static abstract TSelf Clamp(TSelf value, TSelf minimum, TSelf maximum);

    /// <summary>Rounds half to even, adds the zero point and stores sixteen bytes. The sums are in 0 to 255 already.</summary>
    static abstract void StoreUInt8(TSelf value, int zeroPoint, byte* target);
}
