namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A row of float32 numbers as wide as a register: 1, 4, 8 or 16. A kernel is written once over this type and runs at every width;
/// the width of one is the definition of the others.
/// </summary>
/// <remarks>
/// Every operation is a single IEEE operation with one rounding (or none), so that a kernel gives the same bits at every width and
/// on every processor. There is deliberately no fused multiply-add, no reciprocal estimate, and no minimum or maximum whose
/// treatment of NaN differs between processors.
/// </remarks>
internal interface IFloat32Lanes<TSelf>
    where TSelf : unmanaged, IFloat32Lanes<TSelf>
{
    /// <summary>How many lanes there are.</summary>
    static abstract nuint Count { get; }

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>
    /// Reads <see cref="Count"/> neighbouring elements and converts them to float32. <typeparamref name="T"/> is
    /// <see cref="float"/>, <see cref="byte"/>, <see cref="sbyte"/> or <see cref="int"/>.
    /// </summary>
    static abstract TSelf Load<T>(ref readonly T source, nuint offset);

    /// <summary>
    /// Writes <see cref="Count"/> neighbouring elements. <typeparamref name="T"/> is <see cref="float"/>, or <see cref="byte"/> when
    /// every lane holds an integer from 0 to 255.
    /// </summary>
    void Store<T>(ref T destination, nuint offset);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>Magnitudes.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>To the nearest integer, halves to the even one.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>The square root, rounded to nearest.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The value, or the bound that it is beyond. It must not be NaN.</summary>
    static abstract TSelf Clamp(TSelf value, TSelf minimum, TSelf maximum);

    /// <summary><c>left &lt; right ? then : otherwise</c>; a comparison with NaN is false.</summary>
    static abstract TSelf WhereLess(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    /// <summary><c>value is NaN ? then : otherwise</c>.</summary>
    static abstract TSelf WhereNaN(TSelf value, TSelf then, TSelf otherwise);

    /// <summary>The magnitude of the first with the sign of the second.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>The exponent of a positive, normal number: 3 for all from 8 up to 16.</summary>
    static abstract TSelf Exponent(TSelf value);

    /// <summary>A positive, normal number without its exponent: from 1 up to 2.</summary>
    static abstract TSelf Mantissa(TSelf value);

    /// <summary>
    /// Adds the low nine bits of <paramref name="exponent"/>'s representation to the exponent field of <paramref name="value"/>.
    /// </summary>
    static abstract TSelf AddToExponent(TSelf value, TSelf exponent);
}
