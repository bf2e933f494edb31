namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A row of float64 numbers as wide as a register: 1, 2, 4 or 8. What <see cref="IFloat32Lanes{TSelf}"/> is for float32, with what the
/// elementary functions need.
/// </summary>
internal interface IFloat64Lanes<TSelf>
    where TSelf : unmanaged, IFloat64Lanes<TSelf>
{
    /// <summary>How many lanes there are.</summary>
    static abstract nuint Count { get; }

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Broadcast(double value);

    /// <summary>
    /// Reads <see cref="Count"/> neighbouring elements; <typeparamref name="T"/> is <see cref="double"/>, or <see cref="float"/>, which is
    /// widened.
    /// </summary>
    static abstract TSelf Load<T>(ref readonly T source, nuint offset);

    /// <summary>Writes <see cref="Count"/> neighbouring elements, rounded to nearest where they are <see cref="float"/>.</summary>
    void Store<T>(ref T destination, nuint offset);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary><c>left · right + addend</c>, rounded once.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>Magnitudes.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>To the nearest integer, halves to the even one.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>The largest integer that is not above.</summary>
    static abstract TSelf Floor(TSelf value);

    /// <summary>The smallest integer that is not below.</summary>
    static abstract TSelf Ceiling(TSelf value);

    /// <summary>The square root, rounded to nearest.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>True where <c>left &lt; right</c> in every lane; a comparison with NaN is false.</summary>
    static abstract bool AllLess(TSelf left, TSelf right);

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
    /// Adds the low twelve bits of <paramref name="exponent"/>'s representation to the exponent field of <paramref name="value"/>.
    /// </summary>
    static abstract TSelf AddToExponent(TSelf value, TSelf exponent);
}
