namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The number of pixels in a tile, as a type: a micro-kernel is written once for the largest tile, and the compiler removes from each
/// instance what a smaller one does not have.
/// </summary>
internal interface IRows
{
    static abstract int Count { get; }
}

/// <summary>Tiles of one pixel.</summary>
internal readonly struct Rows1 : IRows
{
    public static int Count => 1;
}

/// <summary>Tiles of two pixels.</summary>
internal readonly struct Rows2 : IRows
{
    public static int Count => 2;
}

/// <summary>Tiles of three pixels.</summary>
internal readonly struct Rows3 : IRows
{
    public static int Count => 3;
}

/// <summary>Tiles of four pixels.</summary>
internal readonly struct Rows4 : IRows
{
    public static int Count => 4;
}

/// <summary>Tiles of five pixels.</summary>
internal readonly struct Rows5 : IRows
{
    public static int Count => 5;
}

/// <summary>Tiles of six pixels.</summary>
internal readonly struct Rows6 : IRows
{
    public static int Count => 6;
}

/// <summary>Tiles of seven pixels.</summary>
internal readonly struct Rows7 : IRows
{
    public static int Count => 7;
}

/// <summary>Tiles of eight pixels.</summary>
internal readonly struct Rows8 : IRows
{
    public static int Count => 8;
}
