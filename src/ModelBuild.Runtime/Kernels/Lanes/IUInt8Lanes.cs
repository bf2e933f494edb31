namespace ModelBuild.Runtime.Kernels;

/// <summary>A row of 8-bit codes as wide as a register, or part of one, for what is done to the codes themselves.</summary>
internal interface IUInt8Lanes<TSelf>
    where TSelf : unmanaged, IUInt8Lanes<TSelf>
{
    /// <summary>How many lanes there are.</summary>
    static abstract nuint Count { get; }

    /// <summary>Reads <see cref="Count"/> neighbouring codes.</summary>
    static abstract TSelf Load(ref readonly byte source, nuint offset);

    /// <summary>Writes <see cref="Count"/> neighbouring codes.</summary>
    void Store(ref byte destination, nuint offset);

    /// <summary>The larger code of each lane.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);
}
