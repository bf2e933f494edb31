namespace ModelBuild.Compiler.Calibration;

/// <summary>What calibration files can be, as their names tell.</summary>
internal enum SampleFormat
{
    /// <summary>None of them.</summary>
    Unknown,

    /// <summary>One NumPy array.</summary>
    Npy,

    /// <summary>NumPy arrays by name.</summary>
    Npz,

    /// <summary>One tensor of ONNX, of those that lie together in a folder.</summary>
    Tensor,

    /// <summary>One array as MNIST and its kind come, packed by gzip or not.</summary>
    Idx,

    /// <summary>Columns of numbers as text.</summary>
    Csv,

    /// <summary>Columns of numbers, packed.</summary>
    Parquet,

    /// <summary>One picture.</summary>
    Picture,
}
