namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// A row of int32 numbers as wide as a register, for sums of 8-bit codes; <typeparamref name="TFloat"/> is the float32 row of the same
/// width.
/// </summary>
internal interface IInt32Lanes<TSelf, TFloat>
    where TSelf : unmanaged, IInt32Lanes<TSelf, TFloat>
    where TFloat : unmanaged, IFloat32Lanes<TFloat>
{
    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Broadcast(int value);

    /// <summary>Reads as many neighbouring codes as there are lanes.</summary>
    static abstract TSelf Load(ref readonly byte source, nuint offset);

    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>To float32, halves to the even one.</summary>
    TFloat ToFloat32();
}
